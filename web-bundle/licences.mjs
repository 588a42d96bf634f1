// Licences of everything that esbuild put into the bundles, and uPlot's style sheet.
import { copyFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";

const bundled = ["viem", "abitype", "@noble/hashes", "uplot"];
const texts = bundled.map((name) => {
  const folder = `node_modules/${name}`;
  const { version, license } = JSON.parse(readFileSync(`${folder}/package.json`, "utf8"));
  const file = ["LICENSE", "LICENSE.md"].map((end) => `${folder}/${end}`).find(existsSync);
  const text = file ? readFileSync(file, "utf8").trim() : "(the package carries no text of its own)";
  return `${name} ${version}, ${license}\n\n${text}\n`;
});
writeFileSync("../src/cofund/web/static/LICENSES.txt", texts.join(`\n${"-".repeat(72)}\n\n`));
copyFileSync("node_modules/uplot/dist/uPlot.min.css", "../src/cofund/web/static/uplot.css");
