// A PNG made of nothing but its size (W3C PNG §5): a band of one colour on another.

import { crc32, deflateSync } from 'node:zlib';

/** So wide and so high. */
export function picture(width, height) {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const row = (y) => {
    const band = y > height / 4 && y < (height * 3) / 4;
    const pixel = (x) => (band && x > width / 8 && x < (width * 7) / 8 ? [11, 110, 79] : [224, 240, 232]);
    return Buffer.from([0, ...Array.from({ length: width }, (_, x) => pixel(x)).flat()]);
  };
  const rows = Buffer.concat(Array.from({ length: height }, (_, y) => row(y)));
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([signature, chunk('IHDR', header), chunk('IDAT', deflateSync(rows)), chunk('IEND', Buffer.alloc(0))]);
}

function chunk(kind, data) {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const body = Buffer.concat([Buffer.from(kind, 'latin1'), data]);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}
