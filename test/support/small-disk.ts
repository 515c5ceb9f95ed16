import { spawnSync } from "node:child_process";
import { closeSync, mkdirSync, openSync, rmSync, statfsSync, writeSync } from "node:fs";
import { join } from "node:path";

/** A file system of a few megabytes that can be filled and freed. Needs root on Linux; `mount` says why it cannot. */
export class SmallDisk implements Disposable {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  static mount(path: string, megabytes: number): SmallDisk | string {
    mkdirSync(path, { recursive: true });
    if (process.platform !== "linux") return `a small disk needs Linux, this is ${process.platform}`;
    const done = spawnSync("mount", ["-t", "tmpfs", "-o", `size=${megabytes}m`, "tmpfs", path], { encoding: "utf8" });
    return done.status === 0
      ? new SmallDisk(path)
      : `no tmpfs can be mounted: ${done.stderr?.trim() ?? done.error?.message}`;
  }

  /** Takes all but `leave` bytes. */
  fill(leave = 0): void {
    const file = openSync(join(this.path, "filler"), "w");
    const { bavail, bsize } = statfsSync(this.path);
    const block = Buffer.alloc(bsize, 1);
    for (let left = bavail * bsize - leave; left >= bsize; left -= bsize) writeSync(file, block);
    closeSync(file);
  }

  free(): void {
    rmSync(join(this.path, "filler"), { force: true });
  }

  [Symbol.dispose](): void {
    spawnSync("umount", ["-l", this.path]);
  }
}
