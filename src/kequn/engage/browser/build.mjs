// Bundles styles and scripts into the folder that the first argument names.
import { build } from "esbuild";

const [outdir, ...entryPoints] = process.argv.slice(2);
await build({ entryPoints, outdir, bundle: true, minify: true, target: "es2020", legalComments: "none", logLevel: "warning" });
