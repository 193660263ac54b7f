import type { RecordPlace } from "#format/index.ts";

/** Where the shelf keeps what, relative to the data directory. */
export const shelfDirectory = "shelf";
export const packDirectory = "shelf/packs";
export const fileDirectory = "shelf/files";
export const stagedDirectory = "shelf/staged";
/** Its presence says that the index was found damaged and must be built anew. */
export const indexDamagedPath = "shelf/index-damaged";

/** Shard files are spread over this many directories: a directory of millions is slow to list. */
const fileFolderCount = 256;

/** Numbers sort as their names do. */
const digits = 14;

export function packPath(pack: number): string {
  return `${packDirectory}/${number(pack)}.pack`;
}

/** The pack that a file name stands for, if it is one. */
export function packFromFileName(fileName: string): number | undefined {
  const match = /^(\d{14})\.pack$/.exec(fileName);
  return match === null ? undefined : Number(match[1]);
}

/** The directory of the shard file that was announced at a place. */
export function shardFileDirectory(place: RecordPlace): string {
  const folder = ((place.offset / 8) % fileFolderCount).toString(16).padStart(2, "0");
  return `${fileDirectory}/${folder}`;
}

export function shardFilePath(place: RecordPlace): string {
  return `${shardFileDirectory(place)}/${number(place.pack)}-${number(place.offset)}.shard`;
}

/** The place that a shard file is named after, if the file name is one of a shard. */
export function placeFromFileName(fileName: string): RecordPlace | undefined {
  const match = /^(\d{14})-(\d{14})\.shard$/.exec(fileName);
  return match === null ? undefined : { pack: Number(match[1]), offset: Number(match[2]) };
}

/** The file that a shard is staged in, by its number in this boot. */
export function stagedPath(staged: number): string {
  return `${stagedDirectory}/${number(staged)}.shard`;
}

function number(value: number): string {
  return value.toString().padStart(digits, "0");
}
