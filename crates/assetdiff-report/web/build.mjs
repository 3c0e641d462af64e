// Writes the page's script and style to where the crate reads them; with --check, tells whether they are what the
// source builds. The digest of the source stands in them, so that a test without Node can tell too.
import { createHash } from "node:crypto";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { build } from "esbuild";

const out = new URL("../src/html/page/", import.meta.url);
const result = await build({
  entryPoints: { report: new URL("src/main.ts", import.meta.url).pathname, style: new URL("src/style.css", import.meta.url).pathname },
  bundle: true,
  minify: true,
  write: false,
  charset: "utf8",
  format: "iife",
  target: ["chrome100", "firefox100", "safari15"],
  legalComments: "none",
  outdir: "out",
});
const source = new URL("src/", import.meta.url);
const digest = createHash("sha256");
for (const name of [...readdirSync(source)].sort()) digest.update(name).update("\0").update(readFileSync(new URL(name, source))).update("\0");
digest.update(readFileSync(new URL("package-lock.json", import.meta.url)));
const from = `/* source ${digest.digest("hex")} */\n`;
// The licence of what is packed in has to go with it.
const licence = readFileSync(new URL("node_modules/fflate/LICENSE", import.meta.url), "utf8");
const notice = `/* Holds fflate:\n${licence.trim()}\n*/\n`;
let differs = false;
for (const file of result.outputFiles) {
  const isScript = file.path.endsWith(".js");
  const name = isScript ? "report.js" : "report.css";
  const text = from + (isScript ? notice : "") + file.text;
  const path = new URL(name, out);
  if (text.includes("</script") || text.includes("</style")) throw new Error(`${name} ends its element`);
  if (process.argv.includes("--check")) {
    if (readFileSync(path, "utf8") !== text) {
      differs = true;
      console.error(`${name} is not what the source builds: run make report-page`);
    }
  } else {
    writeFileSync(path, text);
    console.log(`${name}: ${text.length} bytes`);
  }
}
process.exit(differs ? 1 : 0);
