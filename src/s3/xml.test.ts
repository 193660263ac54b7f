import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { utf8 } from "#base/bytes.ts";
import { S3Error } from "./s3-error.ts";
import { child, childText, parseXml } from "./xml-reader.ts";
import { element, escapeXml, plainXmlDocument } from "./xml-writer.ts";

/** Characters of all kinds, half of them ASCII: control characters and lone surrogates too. */
const character = fc
  .oneof(fc.nat(0x7f), fc.nat(0x10ffff))
  .map((codePoint) => String.fromCodePoint(codePoint));
const anyText = (maxLength = 20) => fc.string({ unit: character, maxLength });

const read = (text: string) => parseXml(utf8(text));
const isMalformed = (error: unknown): boolean =>
  error instanceof S3Error && error.code === "MalformedXML";

test("a document is read as clients write it", () => {
  const document = read(
    '<?xml version="1.0" encoding="UTF-8"?>\n<!-- a note -->\n' +
      '<Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/">\n' +
      "  <Object><Key> a &amp; b&#13;&#x1F439; </Key><VersionId/></Object>\n" +
      "  <s3:Quiet xmlns:s3='u' >true</s3:Quiet >\n</Delete>\n",
  );
  assert.equal(document.name, "Delete");
  const object = child(document, "Object");
  assert.ok(object !== undefined);
  assert.equal(childText(object, "Key"), " a & b\r\u{1f439} ");
  assert.equal(childText(object, "VersionId"), "");
  assert.equal(childText(document, "Quiet"), "true");
  assert.equal(childText(document, "Nothing"), undefined);
});

test("text comes from CDATA as it stands, with line ends made one", () => {
  assert.equal(read("<a>1\r\n2\r3<![CDATA[<&amp;>]]>4</a>").text, "1\n2\n3<&amp;>4");
});

test("what is not well-formed is MalformedXML", () => {
  const documents = [
    "",
    "text",
    "<a>",
    "</a>",
    "<a></b>",
    "<a><b></a></b>",
    "<a/><b/>",
    "<a/>text",
    "<a b=1/>",
    "<a b='<'/>",
    "<1/>",
    "<a>&unknown;</a>",
    "<a>&</a>",
    "<a>&#0;</a>",
    "<a>&#xD800;</a>",
    "<a>&#x110000;</a>",
    "<a><!-- </a>",
    "<a><![CDATA[</a>",
    "<!DOCTYPE a><a/>",
    '<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>',
    "<a>\0</a>",
  ];
  for (const document of documents) assert.throws(() => read(document), isMalformed, document);
  assert.throws(() => parseXml(Uint8Array.of(0x3c, 0x61, 0x3e, 0xff)), isMalformed);
});

test("what is too deep or too large is MalformedXML, at once", () => {
  assert.throws(() => read("<a>".repeat(100_000)), isMalformed);
  assert.throws(() => read("<a>".repeat(17) + "</a>".repeat(17)), isMalformed);
  assert.throws(() => read(`<a>${"<b/>".repeat(100_001)}</a>`), isMalformed);
  assert.equal(read("<a>".repeat(16) + "</a>".repeat(16)).name, "a");
});

test("names that mean something to the language mean nothing here", () => {
  const document = read("<a><__proto__>x</__proto__><constructor>y</constructor></a>");
  assert.equal(childText(document, "__proto__"), "x");
  assert.equal(childText(document, "constructor"), "y");
});

test("any text that is written is read back", () => {
  const texts = anyText().filter((text) => !text.includes("\0"));
  fc.assert(
    fc.property(texts, (text) => {
      const document = parseXml(plainXmlDocument("a", element("Key", text)));
      assert.equal(childText(document, "Key"), text.toWellFormed());
    }),
    { numRuns: 500 },
  );
});

test("what is written holds no control characters and no markup of its own", () => {
  assert.equal(escapeXml("a<b>&\"c'\r\n\u0001"), "a&lt;b&gt;&amp;&quot;c'&#xd;&#xa;&#x1;");
});

test("a document that is anything at all is read, or MalformedXML", () => {
  const markup = fc
    .array(
      fc.constantFrom("<a>", "</a>", "<b", "/>", ">", "&", "&lt;", "<![CDATA[", "]]>", "<!--", "x"),
    )
    .map((parts) => parts.join(""));
  fc.assert(
    fc.property(fc.oneof(anyText(), markup), (text) => {
      try {
        assert.equal(typeof read(text).name, "string");
      } catch (error) {
        assert.ok(isMalformed(error), String(error));
      }
    }),
    { numRuns: 2000 },
  );
});
