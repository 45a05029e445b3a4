/* The live page: a model plays what a reader chooses, a riff of the book, a file, or a guitar, in the reader's browser.

   src/ultragain/book/kit/live.py writes what it reads: <div class="ug-live" data-live="{JSON}">, and scripts beside the
   pages with the player and the models, because a page on disk may load scripts but not read files. */
"use strict";

const ultragainLive = (() => {
  const { make } = ultragainPlayer;
  const arrived = new Map(); // what scripts brought, by name

  const add = (name, content) => arrived.set(name, content);

  /* Content that a script of its own brings. */
  function fetched(folder, name) {
    if (arrived.has(name)) return Promise.resolve(arrived.get(name));
    return new Promise((resolve, reject) => {
      const script = make("script", { src: `${folder}/${name}.js` });
      script.onload = script.onerror = () => {
        script.remove();
        if (arrived.has(name)) resolve(arrived.get(name));
        else reject(new Error(`${folder}/${name}.js is missing or damaged`));
      };
      document.head.append(script);
    });
  }

  const bytes = (base64) => Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));

  /* The content of a .nam file: of a model with a knob its weights at a position from 0 to 10 (FiLM: a factor and a
     number to add for every channel; see src/ultragain/engine/wavenet/conditioning.py). */
  function namOf(model, position) {
    if (!model.film) return JSON.stringify(model.nam);
    const { kernel, bias, tables, channels, biases } = model.film;
    const knob = position / 5 - 1;
    const hidden = [...kernel.map((weight, i) => Math.tanh(knob * weight + bias[i])), 1];
    const width = tables[0][0][0].length;
    const sum = (layer, side, channel) =>
      hidden.reduce((total, value, row) => total + value * tables[layer][side][row][channel], 0);
    const weights = model.nam.weights.map((weight, i) => {
      const place = channels[i];
      if (place < 0) return weight;
      const [layer, channel] = [Math.floor(place / width), place % width];
      return Math.fround(weight * (1 + sum(layer, 0, channel)) + (biases[i] ? sum(layer, 1, channel) : 0));
    });
    return JSON.stringify({ ...model.nam, weights });
  }

  /* A node of an audio context that plays a model, as soon as it is loaded; `said` hears its messages. */
  async function node(context, folder, model, position = 5, said = () => {}) {
    if (!context.audioWorklet) throw new Error("this browser plays no models: it has no AudioWorklet, or the page was not opened over https, from this machine or from disk");
    const [player, content] = [await fetched(folder, "player"), await fetched(folder, model)];
    // not a blob's address, which a page on disk may not load either
    await context.audioWorklet.addModule(`data:text/javascript;charset=utf-8,${encodeURIComponent(player.module)}`);
    const made = new AudioWorkletNode(context, "ultragain-model", {
      outputChannelCount: [2],
      channelCount: 1,
      channelCountMode: "explicit",
      processorOptions: { wasm: bytes(player.wasm), model: namOf(content, position) },
    });
    await new Promise((resolve, reject) => {
      made.port.onmessage = ({ data }) => {
        if (data.error) reject(new Error(data.error));
        else if (data.ready) resolve();
        said(data);
      };
    });
    return made;
  }

  const percent = (share) => `${Math.round(100 * share)} %`;
  const decibels = (peak) => (peak > 1e-5 ? `${(20 * Math.log10(peak)).toFixed(0).replace("-", "\u2212")} dB` : "silent");

  class Live {
    constructor(root) {
      Object.assign(this, JSON.parse(root.dataset.live)); // folder, models, riffs
      Object.assign(this, { root, state: "stopped", own: null, context: null, turn: 0 });
      this.build();
      this.describe();
    }

    get model() { return this.models[this.choice.value]; }

    build() {
      const option = ({ label }, value) => make("option", { value }, label);
      const button = (text, onclick) => make("button", { type: "button", onclick }, text);
      this.choice = make("select", { onchange: () => this.change() }, ...this.models.map(option));
      this.riff = make("select", { onchange: () => this.again() }, ...this.riffs.map(option),
        make("option", { value: "own" }, "a file of yours"), make("option", { value: "guitar" }, "a guitar"));
      this.file = make("input", { type: "file", accept: "audio/*", onchange: () => this.take(this.file.files[0]) });
      this.fileRow = make("label", { hidden: true }, "File ", this.file);
      this.button = button("Play", () => (this.state === "stopped" ? this.play() : this.stop()));
      this.button.className = "ug-play";
      this.bypass = make("input", { type: "checkbox", onchange: () => this.tell() });
      this.trim = this.slider(-24, 24, 1, 0, () => this.tell());
      this.knob = this.slider(0, 10, 0.1, 5, () => this.describe(), () => this.turned());
      [this.trimText, this.knobText, this.note, this.meter] =
        [make("output"), make("output"), make("p", { className: "ug-keys" }), make("span", { className: "ug-time" })];
      this.knobRow = make("label", { hidden: true }, "Gain knob ", this.knob, this.knobText);
      this.status = make("p", { className: "ug-status", role: "status" });
      const row = (...parts) => make("div", { className: "ug-row" }, ...parts);
      this.root.replaceChildren(
        row(make("label", {}, "Model ", this.choice), make("label", {}, "plays ", this.riff), this.fileRow),
        row(this.button, make("label", {}, this.bypass, "Bypass"), make("label", {}, "Input trim ", this.trim, this.trimText),
          this.knobRow),
        row(this.meter), this.status, this.note);
      this.root.ondragover = (event) => event.preventDefault();
      this.root.ondrop = (event) => {
        event.preventDefault();
        this.riff.value = "own";
        this.take(event.dataTransfer.files[0]);
      };
    }

    slider(min, max, step, value, oninput, onchange = null) {
      return make("input", { type: "range", min, max, step, value, oninput, onchange });
    }

    describe() {
      const { model } = this;
      this.note.textContent = model.note;
      this.knobRow.hidden = !model.knob;
      this.knobText.textContent = ` ${(+this.knob.value).toFixed(1)}`;
      this.trimText.textContent = ` ${this.trim.value} dB`;
      this.fileRow.hidden = this.riff.value !== "own";
      this.button.textContent = this.state === "stopped" ? "Play" : "Stop";
      this.button.dataset.state = this.state;
    }

    /* Say what the model is to do with what it hears. */
    tell() {
      this.describe();
      this.player?.port.postMessage({ bypass: this.bypass.checked, trim: 10 ** (this.trim.value / 20) });
    }

    async turned() {
      this.describe();
      if (!this.player) return;
      const content = await fetched(this.folder, this.model.name);
      this.player.port.postMessage({ next: namOf(content, +this.knob.value) });
    }

    change() {
      this.describe();
      this.again();
    }

    again() {
      this.describe();
      if (this.state !== "stopped") this.play();
    }

    async take(file) {
      if (!file) return;
      this.own = await file.arrayBuffer();
      this.describe();
      this.play();
    }

    async play() {
      const turn = ++this.turn;
      this.release();
      this.become("loading");
      try {
        const { rate, name } = this.model;
        const context = (this.context = new AudioContext({ sampleRate: rate, latencyHint: "interactive" }));
        context.resume();
        const source = await this.source(context);
        const player = await node(context, this.folder, name, +this.knob.value, (data) => this.hear(data));
        if (turn !== this.turn) return context.close();
        this.player = player;
        source.connect(player).connect(context.destination);
        this.tell();
        source.start?.();
        this.become("playing");
      } catch (error) {
        if (turn !== this.turn) return;
        this.release();
        this.become("stopped");
        this.status.textContent = `This cannot be played: ${error.message}.`;
      }
    }

    /* What the model hears: a riff over and over, a file, or the guitar at the machine's input. */
    async source(context) {
      if (this.riff.value === "guitar") return this.guitar(context);
      let samples;
      if (this.riff.value === "own") {
        if (!this.own) throw new Error("choose a file first");
        samples = await context.decodeAudioData(this.own.slice(0)).catch(() => {
          throw new Error("the browser cannot read this file; WAV, FLAC and MP3 it can");
        });
      } else samples = await context.decodeAudioData(await ultragainSound.bytes(this.riffs[this.riff.value].source));
      const source = context.createBufferSource();
      Object.assign(source, { buffer: samples, loop: this.riff.value !== "own", onended: () => this.stop() });
      return source;
    }

    async guitar(context) {
      if (!navigator.mediaDevices) throw new Error("this browser lets this page hear no input: open it over https or from this machine");
      try {
        const clean = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
        this.stream = await navigator.mediaDevices.getUserMedia({ audio: clean });
      } catch (error) {
        throw new Error(error.name === "NotAllowedError" ? "the browser was told not to let this page hear an input"
          : `no input can be heard (${error.message})`);
      }
      try {
        return context.createMediaStreamSource(this.stream);
      } catch {
        throw new Error(`this browser hears an input only at the interface's own rate: set the interface to ${context.sampleRate} Hz, or choose a model at another rate`);
      }
    }

    hear({ share, peaks, error }) {
      if (error) this.status.textContent = error;
      if (share === undefined) return;
      this.meter.textContent = `in ${decibels(peaks[0])}, out ${decibels(peaks[1])}, ${percent(share)} of a core`;
      this.status.textContent = share > 0.9 ? "This machine is too slow for this model, or busy: you hear gaps." : "";
    }

    stop() {
      this.turn += 1;
      this.release();
      this.become("stopped");
    }

    release() {
      for (const track of this.stream?.getTracks() ?? []) track.stop();
      if (this.context && this.context.state !== "closed") this.context.close();
      this.context = this.player = this.stream = null;
    }

    become(state) {
      this.state = state;
      this.status.textContent = state === "loading" ? "Loading" : "";
      if (state === "stopped") this.meter.textContent = "";
      this.describe();
    }
  }

  document.addEventListener("DOMContentLoaded", () => {
    for (const root of document.querySelectorAll(".ug-live")) root.live = new Live(root);
  });
  return { add, fetched, namOf, node };
})();
