import { execFileSync } from "node:child_process";
import fs from "node:fs";
import http from "node:http";
import type { AddressInfo } from "node:net";
import os from "node:os";
import path from "node:path";
import { downloadAndUnpack } from "../../../lab/engine/download";

let folder: string;
let server: http.Server;
let base: string;

beforeAll(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "pulumi-conntrack-download-"));
  fs.mkdirSync(path.join(folder, "pulumi"));
  fs.writeFileSync(path.join(folder, "pulumi/pulumi"), "an engine");
  execFileSync("tar", ["-czf", path.join(folder, "engine.tar.gz"), "-C", folder, "pulumi"]);
  server = http.createServer((request, response) => {
    if (request.url === "/broken.tar.gz") response.end("not an archive");
    else if (request.url !== "/engine.tar.gz") response.writeHead(404).end();
    else response.end(fs.readFileSync(path.join(folder, "engine.tar.gz")));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(async () => {
  await new Promise((resolve) => server.close(resolve));
  fs.rmSync(folder, { recursive: true });
});

const download = async (url: string) => {
  const into = fs.mkdtempSync(path.join(folder, "into-"));
  return { failure: await downloadAndUnpack(url, into, () => undefined), into };
};

describe("an official download", () => {
  it("is unpacked, and only what was in the archive is left", async () => {
    const { failure, into } = await download(`${base}/engine.tar.gz`);
    expect(failure).toBeUndefined();
    expect(fs.readdirSync(into, { recursive: true }).sort()).toEqual(["pulumi", "pulumi/pulumi"]);
  });

  it("that is not there gives the reason and leaves nothing", async () => {
    const { failure, into } = await download(`${base}/missing.tar.gz`);
    expect(failure).toBe(`${base}/missing.tar.gz answered 404`);
    expect(fs.readdirSync(into)).toEqual([]);
  });

  it("that is no archive gives the reason and leaves nothing", async () => {
    const { failure, into } = await download(`${base}/broken.tar.gz`);
    expect(failure).toMatch(/cannot be unpacked/);
    expect(fs.readdirSync(into)).toEqual([]);
  });

  it("from a site that cannot be reached names the site and the reason", async () => {
    const { failure } = await download("http://127.0.0.1:1/engine.tar.gz");
    expect(failure).toMatch(/^127\.0\.0\.1:1 cannot be reached \(.+\)$/);
  });
});
