// XML of clients: read as what it says, or MalformedXML; never slow, never more than was sent.
import assert from "node:assert/strict";
import * as fc from "fast-check";
import { utf8 } from "#base/bytes.ts";
import { parseXml, type XmlElement } from "#s3/xml-reader.ts";
import { escapeXml } from "#s3/xml-writer.ts";
import { outcomeOf, reading } from "./s3-refusal.ts";
import type { FuzzTarget } from "./target.ts";

const namespace = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"';

const documents = fc.constantFrom(
  `<?xml version="1.0" encoding="UTF-8"?>\n<Delete ${namespace}>\n  <Object><Key>a &amp; b</Key>` +
    "<VersionId>null</VersionId></Object><Quiet>true</Quiet></Delete>",
  `<CompleteMultipartUpload ${namespace}><Part><PartNumber>1</PartNumber>` +
    "<ETag>&quot;d41d8cd98f00b204e9800998ecf8427e&quot;</ETag></Part></CompleteMultipartUpload>",
  "<a:CreateBucketConfiguration xmlns:a='x'><a:LocationConstraint>eu-west-1" +
    "</a:LocationConstraint></a:CreateBucketConfiguration>",
  "<VersioningConfiguration><Status>Enabled</Status><!-- note --></VersioningConfiguration>",
  "<Tagging><TagSet><Tag><Key><![CDATA[<k>]]></Key><Value>&#x1F439;&#13;</Value></Tag></TagSet>" +
    "</Tagging>",
);

/** The same document in the plainest form. */
function written({ name, text, children }: XmlElement): string {
  return `<${name}>${escapeXml(text)}${children.map(written).join("")}</${name}>`;
}

function elementCount({ children }: XmlElement): number {
  return children.reduce((sum, one) => sum + elementCount(one), 1);
}

export const s3Xml: FuzzTarget = {
  name: "s3-xml",
  seeds: documents.map(utf8),
  words: [
    "<!DOCTYPE a [<!ENTITY x 'y'>]>",
    "<!--",
    "-->",
    "<![CDATA[",
    "]]>",
    "&#x0;",
    "&#1114112;",
    "&lt;",
    "&x;",
    "</",
    "/>",
    "<a>",
    "<?pi ?>",
    " a='1'",
    "\u00ef\u00bb\u00bf",
    "\u00ed\u00a0\u0080",
    "<a>".repeat(17),
  ],
  check(input) {
    const result = reading(() => parseXml(input));
    if (result.kind === "read") {
      assert.ok(elementCount(result.value) * "<a/>".length <= input.length, "nothing expands");
      const plain = written(result.value);
      assert.equal(written(parseXml(utf8(plain))), plain, "what was read is read again");
    } else {
      assert.equal(result.code, "MalformedXML");
    }
    return outcomeOf(result);
  },
};
