/* What plays a model in a page's audio thread: Neural Amp Modeler's own player, which stands before this in one module
   (see src/ultragain/book/kit/live.py) as createNamModule. */

const BLOCK = 128; // samples that an audio thread asks for at a time
const FADE = 0.01; // seconds in which a model gives way to another
const REPORT = 0.25; // seconds between two reports

class ModelProcessor extends AudioWorkletProcessor {
  constructor({ processorOptions: { wasm, model } }) {
    super();
    Object.assign(this, { bypass: false, trim: 1, level: 0, busy: 0, blocks: 0, peaks: [0, 0], next: model });
    this.port.onmessage = ({ data }) => Object.assign(this, data); // bypass, trim, next
    // without locateFile it would look for the page's address, which an audio thread does not have
    createNamModule({ wasmBinary: wasm, locateFile: (name) => name }).then((nam) => {
      this.nam = nam;
      nam._nam_setSampleRate(sampleRate);
      this.player = nam._nam_createInstance();
      [this.input, this.output] = [nam._malloc(4 * BLOCK), nam._malloc(4 * BLOCK)];
      this.load();
    }).catch((error) => this.port.postMessage({ error: `${error?.message ?? error}` }));
  }

  /* Load the next model; what was played of the last one is forgotten. */
  load() {
    const { nam } = this;
    const size = nam.lengthBytesUTF8(this.next) + 1;
    const text = nam._malloc(size);
    let loaded = false;
    try {
      nam.stringToUTF8(this.next, text, size);
      loaded = nam._nam_loadModel(this.player, text);
    } catch (error) { // the player throws numbers
      this.port.postMessage({ error: `the player refuses this model (${error})` });
    } finally {
      nam._free(text);
    }
    this.next = null;
    this.ready = loaded;
    this.port.postMessage({ ready: loaded });
  }

  process([input], [output]) {
    const began = Date.now(); // counts milliseconds; over many blocks the sum of differences is right all the same
    const dry = input[0] ?? new Float32Array(BLOCK);
    const wet = output[0];
    if (this.nam && this.next && (this.level <= 0 || !this.ready)) this.load();
    if (!this.ready) return true;
    const { HEAPF32 } = this.nam;
    const [from, to] = [this.input >> 2, this.output >> 2];
    for (let i = 0; i < BLOCK; i++) HEAPF32[from + i] = dry[i] * this.trim;
    this.nam._nam_process(this.player, this.input, this.output, BLOCK);
    const step = (this.next ? -1 : 1) / (FADE * sampleRate);
    for (let i = 0; i < BLOCK; i++) {
      const heard = this.nam.HEAPF32[(this.bypass ? from : to) + i];
      wet[i] = heard * this.level;
      this.level = Math.min(1, Math.max(0, this.level + step));
      this.peaks = [Math.max(this.peaks[0], Math.abs(dry[i] * this.trim)), Math.max(this.peaks[1], Math.abs(wet[i]))];
    }
    for (const channel of output.slice(1)) channel.set(wet);
    this.busy += Date.now() - began;
    this.blocks += 1;
    if (this.blocks * BLOCK > REPORT * sampleRate) this.report();
    return true;
  }

  report() {
    const share = this.busy / ((1000 * this.blocks * BLOCK) / sampleRate);
    this.port.postMessage({ share, peaks: this.peaks });
    Object.assign(this, { busy: 0, blocks: 0, peaks: [0, 0] });
  }
}

registerProcessor("ultragain-model", ModelProcessor);
