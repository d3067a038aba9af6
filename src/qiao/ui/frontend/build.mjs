// Builds src/qiao/ui/static/built: `node src/qiao/ui/frontend/build.mjs` at the root of the clone.
//
// By convention each *.js directly in a room's frontend folder is an entry point, found under asset("<room>/<file>.js"),
// the kit's own under asset("<file>.js"), the demo's under asset("demo/<file>.js"); modules lie in folders below. A room's *.css are joined to ui.css. Channels
// (channels/*/frontend) are not built: other people's sites embed them, so they serve their own modules under names
// that never change, and what is bundled here imports them from there ("/chat/…").

import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, dirname, extname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { build } from "esbuild";

const FRONTEND = dirname(fileURLToPath(import.meta.url));
const ROOT = resolve(FRONTEND, "../../../..");
const HOUSE = join(ROOT, "src/qiao");
const BUILT = join(HOUSE, "ui/static/built");
const WORK = `${BUILT}.${process.pid}`;

const named = (name, content) =>
  `${basename(name, extname(name)).replaceAll("/", "-")}-${createHash("sha256").update(content).digest("hex").slice(0, 10)}${extname(name)}`;

async function filesOf(folder, ending) {
  const found = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return found.filter((f) => f.isFile() && f.name.endsWith(ending)).map((f) => join(folder, f.name)).sort();
}

async function frontends() {
  const rooms = (await readdir(HOUSE, { withFileTypes: true })).filter((f) => f.isDirectory()).map((f) => f.name);
  const found = rooms.sort().map((room) => ({ room, folder: join(HOUSE, room, "frontend") }));
  return [...found, { room: "demo", folder: join(HOUSE, "app/demo/frontend") }];
}

async function scripts(manifest) {
  const entries = {};
  for (const { room, folder } of await frontends()) {
    for (const file of await filesOf(folder, ".js")) {
      const name = basename(file, ".js");
      entries[room === "ui" ? name : `${room}.${name}`] = file;
    }
  }
  const made = await build({
    entryPoints: entries,
    outdir: WORK,
    bundle: true,
    splitting: true,
    format: "esm",
    target: "es2022",
    minify: true,
    sourcemap: false,
    legalComments: "none",
    entryNames: "[name]-[hash]",
    chunkNames: "chunk-[hash]",
    external: ["/chat/*"],
    alias: { "qiao-ui": FRONTEND },
    metafile: true,
    logLevel: "warning",
    absWorkingDir: ROOT,
  });
  for (const [path, told] of Object.entries(made.metafile.outputs)) {
    if (!told.entryPoint) continue;
    const [name] = Object.entries(entries).find(([, file]) => relative(ROOT, file) === told.entryPoint) ?? [];
    if (!name) continue; // a part that an entry fetches when it needs it
    manifest[`${name.replace(".", "/")}.js`] = basename(path);
  }
}

async function styles(manifest) {
  const sheets = [join(FRONTEND, "ui.css")];
  for (const { room, folder } of await frontends()) {
    if (room !== "ui") sheets.push(...(await filesOf(folder, ".css")));
  }
  const whole = sheets.map((sheet) => `@import "./${relative(ROOT, sheet)}";`).join("\n");
  const css = await tailwind(whole);
  await put("ui.css", css, manifest);
}

function tailwind(input) {
  const packageFile = createRequire(import.meta.url).resolve("@tailwindcss/cli/package.json");
  const program = join(dirname(packageFile), "dist/index.mjs");
  return new Promise((done, failed) => {
    const ran = spawn(process.execPath, [program, "--input", "-", "--minify"], { cwd: ROOT });
    const said = { out: [], err: [] };
    ran.stdout.on("data", (piece) => said.out.push(piece));
    ran.stderr.on("data", (piece) => said.err.push(piece));
    ran.on("error", failed);
    ran.on("close", (code) =>
      code === 0 ? done(Buffer.concat(said.out)) : failed(new Error(Buffer.concat(said.err).toString())),
    );
    ran.stdin.end(input);
  });
}

async function put(name, content, manifest) {
  manifest[name] = named(name, content);
  await writeFile(join(WORK, manifest[name]), content);
}

async function pack() {
  for (const file of await readdir(WORK)) {
    const content = await readFile(join(WORK, file));
    if (content.length < 1024 || extname(file) === ".json") continue;
    await writeFile(join(WORK, `${file}.br`), brotliCompressSync(content));
    await writeFile(join(WORK, `${file}.gz`), gzipSync(content, { level: 9 }));
  }
}

const manifest = {};
await rm(WORK, { recursive: true, force: true });
await mkdir(WORK, { recursive: true });
try {
  await Promise.all([scripts(manifest), styles(manifest)]);
  await put("bridge.svg", await readFile(join(FRONTEND, "bridge.svg")), manifest);
  await pack();
  await writeFile(join(WORK, "manifest.json"), JSON.stringify(manifest, Object.keys(manifest).sort(), 1));
  await rm(BUILT, { recursive: true, force: true });
  await rename(WORK, BUILT);
} finally {
  await rm(WORK, { recursive: true, force: true });
}
