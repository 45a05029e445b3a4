// node nam_player.mjs PACKAGE MODEL.nam DRY WET: play 32-bit samples through Neural Amp Modeler's own player, and print
// how many seconds that took.
import { readFileSync, writeFileSync } from "node:fs"
import { pathToFileURL } from "node:url"

const [folder, model, source, target] = process.argv.slice(2)
const { createNamModule, NamWasmModule } = await import(pathToFileURL(`${folder}/dist/index.js`))
const nam = NamWasmModule.fromModule(await createNamModule({ wasmBinary: readFileSync(`${folder}/dist/nam.wasm`) }))
const text = readFileSync(model, "utf8")
nam.setSampleRate(JSON.parse(text).sample_rate)
const player = nam.createInstance()
if (!nam.loadModel(player, text)) throw new Error(`${model} does not load`)
const bytes = readFileSync(source)
const dry = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4)
const wet = new Float32Array(dry.length)
const began = performance.now()
for (let at = 0; at < dry.length; at += nam.bufferSize) {
  nam.process(player, dry.subarray(at, at + nam.bufferSize), wet.subarray(at, at + nam.bufferSize))
}
writeFileSync(target, wet)
console.log((performance.now() - began) / 1000)
