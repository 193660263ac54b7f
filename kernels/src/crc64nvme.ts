// CRC-64/NVME (reflected polynomial of the NVM Express base specification), 16 bytes a step
// ("slicing by 16", Kounavis and Berry 2005): sixteen tables of 256 entries give what each of the
// bytes does to the sum by the time the step is over.

const polynomial: u64 = 0x9a6c9329ac4bc9b5;

/** Where the table lies that tells what a byte does `distance` bytes later. */
function tableAt(tables: usize, distance: i32): usize {
  return tables + ((<usize>distance) << 11);
}

/** What the byte does `distance` bytes later. */
function effect(tables: usize, distance: i32, byte: u64): u64 {
  return load<u64>(tableAt(tables, distance) + ((<usize>(byte & 0xff)) << 3));
}

/** Fills the 32 KiB at `tables`. */
export function fillTables(tables: usize): void {
  for (let byte: u64 = 0; byte < 256; byte++) {
    let value = byte;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >> 1) ^ polynomial : value >> 1;
    store<u64>(tables + ((<usize>byte) << 3), value);
  }
  for (let distance = 1; distance < 16; distance++) {
    for (let byte: u64 = 0; byte < 256; byte++) {
      const before = effect(tables, distance - 1, byte);
      const value = effect(tables, 0, before) ^ (before >> 8);
      store<u64>(tableAt(tables, distance) + ((<usize>byte) << 3), value);
    }
  }
}

/** Brings the eight bytes of state at `state` on by the bytes from `start` to `end`. */
export function update(state: usize, tables: usize, start: usize, end: usize): void {
  let crc = load<u64>(state);
  let at = start;
  for (; at + 16 <= end; at += 16) {
    const first = crc ^ load<u64>(at);
    const second = load<u64>(at, 8);
    crc =
      effect(tables, 15, first) ^
      effect(tables, 14, first >> 8) ^
      effect(tables, 13, first >> 16) ^
      effect(tables, 12, first >> 24) ^
      effect(tables, 11, first >> 32) ^
      effect(tables, 10, first >> 40) ^
      effect(tables, 9, first >> 48) ^
      effect(tables, 8, first >> 56) ^
      effect(tables, 7, second) ^
      effect(tables, 6, second >> 8) ^
      effect(tables, 5, second >> 16) ^
      effect(tables, 4, second >> 24) ^
      effect(tables, 3, second >> 32) ^
      effect(tables, 2, second >> 40) ^
      effect(tables, 1, second >> 48) ^
      effect(tables, 0, second >> 56);
  }
  for (; at < end; at++) crc = effect(tables, 0, crc ^ load<u8>(at)) ^ (crc >> 8);
  store<u64>(state, crc);
}
