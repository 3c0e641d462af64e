// Runs a command beside an Azure Blob server on loopback (azurite) with an empty container, and exits with its code.

import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { BlobServiceClient, StorageSharedKeyCredential } from "@azure/storage-blob";

// The account and the key of every emulator, as its documentation has them.
const ACCOUNT = "devstoreaccount1";
const KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

const folder = mkdtempSync(join(tmpdir(), "azurite-"));
const program = fileURLToPath(new URL("node_modules/azurite/dist/src/blob/main.js", import.meta.url));
const options = ["--blobPort", "0", "--location", folder, "--skipApiVersionCheck", "--disableTelemetry"];
const server = spawn(process.execPath, [program, ...options], { stdio: ["ignore", "pipe", "inherit"] });
const endpoint = await new Promise((resolve, reject) => {
  let told = "";
  server.stdout.on("data", (data) => {
    told += data;
    const found = told.match(/listens on (http:\/\/\S+)/);
    if (found) resolve(found[1]);
  });
  server.once("exit", () => reject(new Error(`expected a server, found ${told}`)));
});

const credential = new StorageSharedKeyCredential(ACCOUNT, KEY);
await new BlobServiceClient(`${endpoint}/${ACCOUNT}`, credential).createContainer("assetdiff-test");
const environment = {
  ...process.env,
  AZURITE_BLOB_STORAGE_URL: endpoint,
  AZURE_STORAGE_USE_EMULATOR: "true",
  AZURE_STORAGE_ACCOUNT_NAME: ACCOUNT,
  AZURE_STORAGE_ACCOUNT_KEY: KEY,
  ASSETDIFF_TEST_STORE: "az://assetdiff-test/some/prefix",
};
const [command, ...rest] = process.argv.slice(2);
spawn(command, rest, { env: environment, stdio: "inherit" }).on("exit", (code) => {
  // It may be writing until it is gone.
  server.on("exit", () => {
    rmSync(folder, { recursive: true, force: true });
    process.exit(code ?? 1);
  });
  server.kill("SIGKILL");
});
