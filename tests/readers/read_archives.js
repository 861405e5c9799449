// Reads archives with yauzl, as strictly as it can, and prints a line of JSON for each.

"use strict";

const crypto = require("crypto");
const yauzl = require("yauzl");

const STRICT = { strictFileNames: true, validateEntrySizes: true };

async function pagesOf(archive) {
  const file = await yauzl.openPromise(archive, STRICT);
  const pages = [];
  try {
    for await (const entry of file.eachEntry()) {
      const hash = crypto.createHash("sha256");
      let size = 0;
      for await (const block of await file.openReadStreamPromise(entry)) {
        hash.update(block);
        size += block.length;
      }
      pages.push([entry.fileName, size, hash.digest("hex")]);
    }
  } finally {
    file.close();
  }
  return pages;
}

async function main(archives) {
  for (const archive of archives) {
    const answer = { reader: "yauzl", archive };
    try {
      answer.pages = await pagesOf(archive);
    } catch (error) {
      answer.error = String(error);
    }
    console.log(JSON.stringify(answer));
  }
}

main(process.argv.slice(2));
