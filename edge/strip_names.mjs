// Takes the names of functions out of a WebAssembly file, in place (its custom section `name`: WebAssembly core
// specification 2.0, appendix "Custom Sections"). worker-build keeps them for debuggers; they are a tenth of what is
// uploaded and read at every start, and a panic says its file and line without them.

import { readFileSync, writeFileSync } from "node:fs";

/** The sections of a module: each with its first byte, its end, and where its content begins. */
function* sections(bytes) {
  for (let at = 8; at < bytes.length;) {
    const begin = at;
    const [length, content] = number(bytes, at + 1);
    at = content + length;
    yield { begin, content, end: at, custom: bytes[begin] === 0 };
  }
}

/** An unsigned number (LEB128), and where it ends. */
function number(bytes, at) {
  let value = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[at++];
    value += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) return [value, at];
  }
}

const isNames = (bytes, { custom, content }) => {
  if (!custom) return false;
  const [length, text] = number(bytes, content);
  return bytes.toString("utf8", text, text + length) === "name";
};

const file = process.argv[2];
const bytes = readFileSync(file);
const kept = [...sections(bytes)].filter((section) => !isNames(bytes, section));
const stripped = Buffer.concat([bytes.subarray(0, 8), ...kept.map(({ begin, end }) => bytes.subarray(begin, end))]);
writeFileSync(file, stripped);
