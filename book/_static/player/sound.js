/* The sound of the players (player.js): loads audio files, plays several in step, fades between them. */
"use strict";

const ultragainSound = (() => {
  const RAMP = 0.008; // seconds in which a change of level is done to 98 %
  const LEAD = 0.03; // seconds from a command to the sound, so that old and new audio meet at one sample

  let context = null; // one for the page, made when something is first played

  /* Each audio file is FLAC in base64, the argument of a call of this function in a script of its own: a page on disk
     may load scripts, but not read files. */
  const arrived = new Map();

  /* Where a file of a signal is: on disk, unless a script before this one says that the page has it. */
  const address = (source, suffix) => window.ultragainHeld?.(source, suffix) ?? source + suffix;

  window.ultragainAudio = (name, base64) => arrived.set(name, base64);

  function bytes(source) {
    return new Promise((resolve, reject) => {
      const name = source.split("/").pop();
      const script = document.createElement("script");
      script.src = address(source, ".js");
      script.onload = script.onerror = () => {
        script.remove();
        const base64 = arrived.get(name);
        arrived.delete(name);
        if (base64) resolve(Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0)).buffer);
        else reject(new Error(`${source}.js is missing or damaged`));
      };
      document.head.append(script);
    });
  }

  /* Several signals in step: channels of one buffer, which nothing can shift against each other. */
  class Deck {
    /* Load signals that were made at one sample rate; `progress` is called after each. To be called when a button is
       pressed: browsers let no page make sound before. */
    static async load(sources, rate, progress) {
      if (!window.AudioContext) throw new Error("this browser has no Web Audio");
      context ??= new AudioContext({ sampleRate: rate }); // the files' rate, so that decoding changes no sample
      context.resume();
      return new Deck(await Promise.all(sources.map(async (source) => {
        const signal = await context.decodeAudioData(await bytes(source));
        progress();
        return signal;
      })));
    }

    constructor(signals) {
      const longest = Math.max(...signals.map((signal) => signal.length));
      this.playing = null;
      this.buffer = context.createBuffer(signals.length, longest, context.sampleRate);
      signals.forEach((signal, channel) => this.buffer.copyToChannel(signal.getChannelData(0), channel));
      this.splitter = context.createChannelSplitter(signals.length);
      this.gains = signals.map((_, channel) => {
        const gain = context.createGain();
        gain.gain.value = 0;
        this.splitter.connect(gain, channel);
        gain.connect(context.destination);
        return gain;
      });
    }

    /* Go on from a position in seconds, by default from where it is, in a loop {from, to} or, with null, to the end.
       What played until then fades out as this fades in. */
    start(loop, ended, at = this.position(context.currentTime + LEAD)) {
      context.resume();
      const when = context.currentTime + LEAD;
      if (loop ? at < loop.from || at >= loop.to : at >= this.buffer.duration) at = loop ? loop.from : 0;
      this.stop(when);
      const source = context.createBufferSource();
      const fade = context.createGain();
      source.buffer = this.buffer;
      if (loop) Object.assign(source, { loop: true, loopStart: loop.from, loopEnd: loop.to });
      source.onended = () => {
        if (this.playing?.source !== source) return; // stopped, not at its end
        this.playing = null;
        ended();
      };
      fade.gain.value = 0;
      fade.gain.setTargetAtTime(1, when, RAMP / 4);
      source.connect(fade).connect(this.splitter);
      source.start(when, at);
      this.playing = { source, fade, when, at, loop };
    }

    stop(when = context.currentTime) {
      this.playing?.fade.gain.setTargetAtTime(0, when, RAMP / 4);
      this.playing?.source.stop(when + 4 * RAMP);
      this.playing = null;
    }

    /* Where it is, while it plays: seconds from the beginning. */
    position(time = context.currentTime) {
      const { when, at, loop } = this.playing;
      const position = at + Math.max(0, time - when);
      if (!loop || position < loop.to) return Math.min(position, this.buffer.duration);
      return loop.from + ((position - loop.from) % (loop.to - loop.from));
    }

    /* Set the level of each signal: 0 is silent, 1 as in its file. */
    balance(levels) {
      levels.forEach((level, i) => this.gains[i].gain.setTargetAtTime(level, context.currentTime, RAMP / 4));
    }

    release() {
      this.stop();
      this.gains.forEach((gain) => gain.disconnect());
    }
  }

  return { Deck, address, bytes };
})();
