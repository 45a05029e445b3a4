/* Comparison player: switches between signals of one length while they play, at the same loudness.

   It is our own because no kept library does all of this: switch without a gap, match levels by loudness and be used
   by keyboard and screen reader. (trackswitch.js switches, but matches no levels and has no semantics; wavesurfer.js
   plays one source.) It needs no network, no build step and no other library, and works from a folder on disk.

   src/ultragain/book/kit/players writes what it reads: <div class="ug-player" data-player="{JSON}">, and the files. */
"use strict";

const ultragainPlayer = (() => {
  const STEP = 1; // seconds that an arrow key moves
  const SHORTEST = 0.1; // seconds of a passage to loop

  let active = null; // the player that sounds
  let count = 0; // of groups of radio buttons, for their names

  function make(tag, properties = {}, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(properties)) {
      if (name in element) element[name] = value;
      else element.setAttribute(name, value);
    }
    element.append(...children);
    return element;
  }

  /* A group of radio buttons; `texts` are lists of what their labels hold. */
  function radios(legend, texts, choose) {
    const name = `ug-choice-${++count}`;
    const inputs = texts.map((_, i) => make("input", { type: "radio", name, onchange: () => choose(i) }));
    const labels = texts.map((text, i) => make("label", {}, inputs[i], make("span", {}, ...text)));
    return { inputs, group: make("fieldset", { className: "ug-choices" }, make("legend", {}, legend), ...labels) };
  }

  const inLufs = (level) => (level === null ? "silent" : `${level.toFixed(1).replace("-", "\u2212")} LUFS`);

  class Player {
    constructor(root) {
      Object.assign(this, JSON.parse(root.dataset.player)); // title, rate, seconds, tracks, blind, marks
      Object.assign(this, { root, state: "stopped", at: 0, heard: 0, matched: true, deck: null, loading: null });
      Object.assign(this, { looping: false, from: 0, to: this.seconds });
      const levels = this.tracks.map(({ lufs }) => lufs).filter((lufs) => lufs !== null);
      this.target = levels.length ? Math.min(...levels) : null; // the softest, so that matching only makes softer
      this.build();
      this.choose(0);
      this.match(true);
      this.show();
    }

    build() {
      const range = (label, step, value, oninput) =>
        make("input", { type: "range", min: 0, max: this.seconds, step, value, oninput, "aria-label": label });
      const tick = (onchange) => make("input", { type: "checkbox", onchange });
      const texts = this.tracks.map(({ label, note, lufs }) =>
        [label, ...(note ? [make("small", {}, note)] : []), make("small", {}, inLufs(lufs))]);
      this.choices = radios("Listen to", texts, (i) => this.choose(i));
      this.image = make("img", { className: "ug-photo", loading: "lazy", width: 900, height: 176, draggable: false });
      this.cursor = make("div", { className: "ug-cursor" });
      this.passage = make("div", { className: "ug-passage", hidden: true });
      this.picture = make("div", { className: "ug-picture" }, this.image, this.passage, this.cursor,
        ...this.marks.map(([text, top]) =>
          make("span", { className: "ug-mark", style: `top: ${top}%`, "aria-hidden": "true" }, text)));
      this.slider = range("Position", 0.01, 0, () => this.seek(+this.slider.value));
      this.button = make("button", { type: "button", className: "ug-play", onclick: () => this.toggle() });
      this.time = make("span", { className: "ug-time" });
      this.loopBox = tick(() => this.setLoop(this.loopBox.checked));
      this.matchBox = tick(() => this.match(this.matchBox.checked));
      const fine = Math.min(0.05, this.seconds / 100);
      this.ends = [
        range("Loop from", fine, 0, () => this.setLoop(true, +this.ends[0].value, this.to)),
        range("Loop to", fine, this.seconds, () => this.setLoop(true, this.from, +this.ends[1].value)),
      ];
      this.loopRow = make("div", { className: "ug-row ug-ends", hidden: true },
        make("span", {}, "from"), this.ends[0], make("span", {}, "to"), this.ends[1]);
      this.status = make("p", { className: "ug-status", role: "status" });
      const target = make("small", {}, this.target === null ? "" : `at ${inLufs(this.target)}`);
      this.root.replaceChildren(this.choices.group, this.picture, this.slider,
        make("div", { className: "ug-row" }, this.button, this.time,
          make("label", {}, this.loopBox, "Loop"), make("label", {}, this.matchBox, "Level matched ", target)),
        this.loopRow, this.status,
        make("p", { className: "ug-keys" },
          "Click the player, then use keys: space plays and pauses, " +
          (this.tracks.length > 1 ? `1 to ${Math.min(9, this.tracks.length)} choose, ` : "") +
          "\u2190 and \u2192 seek, L loops, M matches levels. Drag over the picture to loop a passage."));
      this.root.tabIndex = -1; // a click anywhere in it lets its keys work
      this.root.addEventListener("keydown", (event) => this.key(event));
      this.listenToPicture();
    }

    /* A click seeks, a drag chooses a passage. */
    listenToPicture() {
      let began = null;
      const second = (event) => {
        const { left, width } = this.picture.getBoundingClientRect();
        return (this.seconds * Math.min(Math.max(event.clientX - left, 0), width)) / width;
      };
      this.picture.onpointerdown = (event) => {
        if (event.button !== 0) return;
        began = { x: event.clientX, at: second(event), drags: false };
        this.picture.setPointerCapture(event.pointerId);
      };
      this.picture.onpointermove = (event) => {
        if (!began || (!began.drags && Math.abs(event.clientX - began.x) < 6)) return;
        began.drags = true;
        this.setLoop(true, Math.min(began.at, second(event)), Math.max(began.at, second(event)));
      };
      this.picture.onpointerup = () => {
        if (began && !began.drags) this.seek(began.at);
        began = null;
      };
      this.picture.onpointercancel = () => (began = null);
    }

    toggle() {
      if (this.state === "stopped") this.play();
      else this.pause();
    }

    async play() {
      if (active && active !== this) active.release();
      active = this;
      this.become("loading");
      const loading = (this.loading ??= this.load());
      try {
        const deck = await loading;
        if (loading !== this.loading) return deck.release(); // another player was started meanwhile
        this.deck = deck;
        if (this.state !== "loading") return; // paused meanwhile
        this.balance();
        this.become("playing");
        this.start(this.at);
        this.follow();
      } catch (error) {
        if (loading !== this.loading) return;
        this.loading = null;
        this.become("stopped");
        this.status.textContent = `This cannot be played: ${error.message}.`;
      }
    }

    load() {
      // pictures, too, so that switching shows them at once
      for (const { source } of this.tracks) new Image().src = ultragainSound.address(source, ".png");
      let arrivals = 0;
      return ultragainSound.Deck.load(this.tracks.map(({ source }) => source), this.rate, () => {
        arrivals += 1;
        if (this.state === "loading") this.status.textContent = `Loading: ${arrivals} of ${this.tracks.length}`;
      });
    }

    start(at) {
      const ended = () => {
        this.at = 0;
        this.become("stopped");
      };
      this.deck.start(this.looping ? { from: this.from, to: this.to } : null, ended, at);
    }

    pause() {
      this.at = this.now();
      this.deck?.stop();
      this.become("stopped");
    }

    /* Give up the audio as well: only the player that sounds keeps its signals in memory. */
    release() {
      this.pause();
      this.deck?.release();
      this.deck = this.loading = null;
    }

    become(state) {
      this.state = state;
      this.status.textContent = state === "loading" ? "Loading" : "";
      this.show();
    }

    now() {
      return this.deck?.playing ? this.deck.position() : this.at;
    }

    seek(second) {
      this.at = Math.min(Math.max(second, 0), this.seconds);
      if (this.state === "playing") this.start(this.at);
      this.show();
    }

    setLoop(on, from = this.from, to = this.to) {
      const shortest = Math.min(SHORTEST, this.seconds);
      if (to - from < shortest && from !== this.from) from = Math.max(0, to - shortest); // the end that moved gives way
      if (to - from < shortest) to = Math.min(this.seconds, from + shortest);
      from = Math.min(from, to - shortest);
      Object.assign(this, { looping: on, from, to });
      if (this.state === "playing") this.start();
      this.show();
    }

    match(on) {
      this.matched = on;
      this.balance();
      this.show();
    }

    /* Choose a track: its sound and its picture. */
    choose(track) {
      this.choices.inputs[track].checked = true;
      this.image.alt = `Waveform and spectrogram: ${this.tracks[track].label}`;
      this.image.src = ultragainSound.address(this.tracks[track].source, ".png");
      this.hear(track);
    }

    hear(track) {
      this.heard = track;
      this.balance();
    }

    balance() {
      const level = ({ lufs }) => (this.matched && lufs !== null ? 10 ** ((this.target - lufs) / 20) : 1);
      this.deck?.balance(this.tracks.map((track, i) => (i === this.heard ? level(track) : 0)));
    }

    /* Bring everything that is seen up to date. */
    show() {
      const at = this.now();
      const percent = (second) => `${(100 * second) / this.seconds}%`;
      this.cursor.style.left = percent(at);
      this.slider.value = at;
      this.time.textContent = `${at.toFixed(1)} / ${this.seconds.toFixed(1)} s`;
      this.slider.setAttribute("aria-valuetext", `${at.toFixed(1)} of ${this.seconds.toFixed(1)} seconds`);
      this.button.textContent = this.state === "stopped" ? "Play" : "Pause";
      this.button.dataset.state = this.state;
      this.matchBox.checked = this.matched;
      this.loopBox.checked = this.looping;
      this.loopRow.hidden = this.passage.hidden = !this.looping;
      Object.assign(this.passage.style, { left: percent(this.from), width: percent(this.to - this.from) });
      [this.from, this.to].forEach((end, i) => {
        this.ends[i].value = end;
        this.ends[i].setAttribute("aria-valuetext", `${end.toFixed(2)} seconds`);
      });
    }

    follow() {
      if (this.state !== "playing") return;
      this.show();
      requestAnimationFrame(() => this.follow());
    }

    key(event) {
      const { target, key } = event;
      const own = { // keys that an element needs for itself
        range: target === this.slider ? /^Arrow(Up|Down)$/ : /^Arrow/, radio: /^Arrow/,
        checkbox: /^ $/, button: /^ $/, summary: /^ $/, "select-one": /./, text: /./, search: /./, textarea: /./,
      };
      if (event.ctrlKey || event.metaKey || event.altKey || own[target.type ?? target.localName]?.test(key)) return;
      if (!this.test?.command(event) && !this.command(key.toLowerCase())) return;
      event.preventDefault();
      event.stopPropagation();
    }

    /* Do what a key says; whether it says anything. */
    command(key) {
      if (key === " ") this.toggle();
      else if (key === "arrowleft") this.seek(this.now() - STEP);
      else if (key === "arrowright") this.seek(this.now() + STEP);
      else if (key === "l") this.setLoop(!this.looping);
      else if (key === "m" && !this.matchBox.disabled) this.match(!this.matched);
      else if (/^[1-9]$/.test(key) && key <= this.tracks.length && !this.choices.group.disabled) this.choose(key - 1);
      else return false;
      return true;
    }
  }

  document.addEventListener("DOMContentLoaded", () => {
    for (const root of document.querySelectorAll(".ug-player[data-player]")) {
      const player = new Player(root);
      if (player.blind.length) player.test = new UltragainBlindTest(player);
    }
  });

  return { make, radios };
})();
