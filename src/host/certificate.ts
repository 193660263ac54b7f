import { type KeyObject, createPublicKey, sign } from "node:crypto";
import { concatBytes, utf8 } from "#base/bytes.ts";

/*
 * A certificate that carries a key and says nothing else: signed by itself, valid for ever, the
 * same bytes each time. Source: RFC 5280 section 4.1, RFC 8410 (Ed25519), in DER.
 */

const integer = 0x02;
const bitString = 0x03;
const objectIdentifier = 0x06;
const utf8String = 0x0c;
const utcTime = 0x17;
const generalizedTime = 0x18;
const sequence = 0x30;
const set = 0x31;
const explicitVersion = 0xa0;

const algorithm = der(sequence, der(objectIdentifier, Uint8Array.of(0x2b, 0x65, 0x70)));
const commonName = der(objectIdentifier, Uint8Array.of(0x55, 0x04, 0x03));
const name = der(
  sequence,
  der(set, der(sequence, commonName, der(utf8String, utf8("hamster node")))),
);
/** RFC 5280 4.1.2.5: the end that stands for none. */
const validity = der(
  sequence,
  der(utcTime, utf8("700101000000Z")),
  der(generalizedTime, utf8("99991231235959Z")),
);

/** The certificate of an Ed25519 key, in DER. */
export function selfSignedCertificate(privateKey: KeyObject): Uint8Array<ArrayBuffer> {
  const toSign = der(
    sequence,
    der(explicitVersion, der(integer, Uint8Array.of(2))),
    der(integer, Uint8Array.of(1)),
    algorithm,
    name,
    validity,
    name,
    publicKeyInfo(privateKey),
  );
  const signature = sign(null, toSign, privateKey);
  return der(sequence, toSign, algorithm, der(bitString, Uint8Array.of(0), signature));
}

/** The SubjectPublicKeyInfo of a key, in DER. */
export function publicKeyInfo(key: KeyObject): Uint8Array<ArrayBuffer> {
  const publicKey = key.type === "private" ? createPublicKey(key) : key;
  return new Uint8Array(publicKey.export({ type: "spki", format: "der" }));
}

/** One value: its tag, its length, and the parts of what it holds. */
function der(tag: number, ...parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const content = concatBytes(parts);
  const { length } = content;
  const head = length < 0x80 ? [tag, length] : [tag, 0x82, length >>> 8, length & 0xff];
  return concatBytes([Uint8Array.from(head), content]);
}
