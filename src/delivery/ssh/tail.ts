/** The last part of a stream, in bounded memory. */

export interface Tail {
  readonly push: (chunk: Buffer) => void;
  /** What is kept, as text. */
  readonly text: () => string;
}

/** Chunks before they are joined: a host may send single bytes. */
const maximumChunks = 256;

/** Keeps the last `limitBytes` bytes: an answer stands at the end, behind what login shells print. */
export const createTail = (limitBytes: number): Tail => {
  let chunks: Buffer[] = [];
  let bytes = 0;
  const joined = (): Buffer => {
    const all = Buffer.concat(chunks);
    return all.subarray(Math.max(all.length - limitBytes, 0));
  };
  return {
    push: (chunk) => {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes <= 2 * limitBytes && chunks.length <= maximumChunks) return;
      // A copy, so that the large buffer of which it is a part can go.
      chunks = [Buffer.from(joined())];
      bytes = chunks[0]?.length ?? 0;
    },
    text: () => joined().toString(),
  };
};
