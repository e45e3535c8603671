#!/usr/bin/env node
// Compares our canonical URLs with the `URL` class of Node, which follows the WHATWG URL Standard.
//
//   node url_oracle.mjs --write FILE          writes the vectors that the unit tests read
//   node url_oracle.mjs TEST_PROGRAM [COUNT]  makes COUNT fresh URLs (default 20000) and lets the test
//                                             program (intel_test) compare them; exit code 0 when all agree
//
// A vector is {raw, href}: href is null where Node refuses the URL or the scheme is outside selector/1.
// `idna` marks hosts that depend on Unicode tables: there, our library may refuse more, never differ.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const schemes = new Set(['http:', 'https:', 'ftp:', 'ws:', 'wss:']);

function vector(raw) {
  let href = null;
  try {
    const url = new URL(raw);
    if (schemes.has(url.protocol)) href = url.href;
  } catch { /* refused */ }
  const authority = raw.replace(/[\t\n\r]/g, '').replace(/^[^:]*:[/\\]*/, '').split(/[/\\?#]/)[0];
  const idna = /[^\x00-\x7f]|%[89a-f]|xn--/i.test(authority);
  return idna ? { raw, href, idna } : { raw, href };
}

// Written by hand: one line for each rule of the standard that has a corner.
const chosen = String.raw`
http://example.org
HTTP://EXAMPLE.ORG
http://example.org/
https://example.org:443/
https://example.org:0443/
http://example.org:443/
http://example.org:80
http://example.org:/
http://example.org:0/
http://example.org:65535/
http://example.org:65536/
http://example.org:99999999999/
http://example.org:8a/
http://example.org:-1/
http://example.org: 80/
ftp://example.org:21/file
ftp://example.org:2121/file
ws://example.org:80/chat
wss://example.org:443/chat
wss://example.org:80/chat
http:example.org
http:/example.org
http:///example.org
http:////example.org//
http:\\example.org\path
http:\/example.org/path
http://example.org\path\..\other
http://example.org/a/../b
http://example.org/a/./b
http://example.org/a/..
http://example.org/a/.
http://example.org/..
http://example.org/../../..
http://example.org/a/b/../../../c
http://example.org/a//b
http://example.org//
http://example.org/a//..
http://example.org/a//../b
http://example.org/%2e
http://example.org/%2e%2e/a
http://example.org/a/%2E%2e/b
http://example.org/a/.%2e/b
http://example.org/a/%2e./b
http://example.org/a/%2e%2e%2e/b
http://example.org/a/.../b
http://example.org/a/..;/b
http://example.org/..a
http://example.org/a..
http://example.org/.%2
http://example.org/%
http://example.org/%zz
http://example.org/%41%42
http://example.org/%2f
http://example.org/a%20b
http://example.org/a b
http://example.org/a"b<c>d
http://example.org/a` + '`' + String.raw`b{c}d|e^f
http://example.org/a[b]c
http://example.org/a'b(c)d*e!f~g
http://example.org/a;b=c&d$e+f,g@h:i
http://example.org/ä/ü?ö#ß
http://example.org/日本語
http://example.org/😀
http://example.org?
http://example.org/?
http://example.org?a=b
http://example.org/?a b"c<d>e'f` + '`' + String.raw`g{h}i|j^k\l
http://example.org/?a?b
http://example.org/?a#b
http://example.org/#
http://example.org#
http://example.org/#a b"c<d>e'f` + '`' + String.raw`g{h}i|j^k\l
http://example.org/#a#b?c
http://example.org/a?b/../c
http://example.org/a#b/../c
http://example.org?@evil
http://example.org#@evil
http://user@example.org/
http://user:pass@example.org/
http://user:@example.org/
http://:pass@example.org/
http://:@example.org/
http://@example.org/
http://user:pa:ss@example.org/
http://us@er@example.org/
http://us er:p"a<s>s@example.org/
http://us/er@example.org/
http://us;er=1:p[a]s^s|w@example.org/
http://user%40:p%3Ass@example.org/
http://ü:ö@example.org/
http://user@/
http://user@
http://@/
http://
http:///
http:
http:/
http://?a
http://#a
http://:80
http://:80/
http://example.org./
http://example.org../
http://.example.org/
http://a..b/
http://./
http://../
http://-example.org/
http://example-.org/
http://ex_ample.org/
http://_dmarc.example.org/
http://id--example.co.uk/
http://r3---sn-example.org/
http://localhost/
http://a
http://A.B.C
http://exa mple.org/
http://exa%20mple.org/
http://exa%41mple.org/
http://%65xample.org/
http://example%2eorg/
http://example.org%00/
http://example%2forg/
http://example%25org/
http://ex%/
http://ex%4/
http://exa<mple.org/
http://exa>mple.org/
http://exa^mple.org/
http://exa|mple.org/
http://exa"mple.org/
http://exa` + '`' + String.raw`mple.org/
http://exa{mple}.org/
http://exa'mple.org/
http://exa!$&()*+,;=mple.org/
http://exa~mple.org/
http://exa[mple.org/
http://exa]mple.org/
http://a:b:c/
http://192.0.2.1/
http://192.0.2.1./
http://192.0.2.1../
http://192.0.2/
http://192.512/
http://3221225985/
http://4294967295/
http://4294967296/
http://0/
http://0x/
http://0x.0x.0/
http://0xc0.0x0.0x2.0x1/
http://0XC0000201/
http://0300.0.02.01/
http://08.0.0.1/
http://09/
http://0x100000000/
http://192.0.2.256/
http://192.0.256.1/
http://256.0.2.1/
http://1.2.3.4.5/
http://1.2.3.4.5.example/
http://1.2.3.example/
http://192.0.2.1a/
http://192.0.2.0x1g/
http://192.0.2.0x/
http://192..2.1/
http://.1/
http://1./
http://1.1./
http://example.1/
http://example.0x1/
http://example.0xg/
http://foo.09/
http://foo.09../
http://0.0.0.0x0000000000000000000000001/
http://0000000000000000000000300.0.2.1/
http://１９２.0.2.1/
http://192。0。2。1/
http://192.0.2.1%2e/
http://%31%39%32.0.2.1/
http://192.0.2.1:8080/
http://192.0.2.1:80/
http://[2001:db8::1]/
http://[2001:DB8::1]:8080/
http://[2001:0db8:0000:0000:0000:0000:0000:0001]/
http://[::]/
http://[::1]/
http://[1::]/
http://[1:2:3:4:5:6:7:8]/
http://[1:2:3:4:5:6:7::]/
http://[::2:3:4:5:6:7:8]/
http://[1:2:3:4::5:6:7:8]/
http://[1:2:3:4:5:6:7:8:9]/
http://[1:2:3:4:5:6:7]/
http://[1::2::3]/
http://[:1]/
http://[1:]/
http://[:::1]/
http://[12345::]/
http://[g::]/
http://[::ffff:192.0.2.1]/
http://[::192.0.2.1]/
http://[64:ff9b::192.0.2.33]/
http://[::192.0.2]/
http://[::192.0.2.1.1]/
http://[::192.0.2.256]/
http://[::192.0.2.01]/
http://[::192.0.2.1:1]/
http://[1:2:3:4:5:6:7:192.0.2.1]/
http://[::1.2.3.4x]/
http://[2001:db8:0:0:1:0:0:1]/
http://[2001:0:0:1:0:0:0:1]/
http://[1:0:1:0:1:0:1:0]/
http://[fe80::1%eth0]/
http://[fe80::1%25eth0]/
http://[::1/
http://::1]/
http://[]/
http://[::1]a/
http://[::1]:/
http://[::1]:80/
http://[::1]:8a/
http://[192.0.2.1]/
http://[v1.a]/
http://[ ::1]/
http://[%3a%3a1]/
http://a[::1]/
http://bücher.example/
http://BÜCHER.example/
http://b%C3%BCcher.example/
http://b%c3%bccher.example/
http://b%C3.example/
http://xn--bcher-kva.example/
http://XN--BCHER-KVA.example/
http://xn--a/
http://xn--/
http://xn--a-.example/
http://xn--zn7c.com/
http://faß.example/
http://straße.example/
http://ＥＸＡＭＰＬＥ.ORG/
http://example。org/
http://example．org/
http://example｡org/
http://exam\u00adple.org/
http://例え.テスト/
http://münchen.example:8080/ä?ö#ü
http://ليهمابتكلموشعربي.example/
http://пример.example/
http://ＧＯ.example/
http://ex%EF%BC%AFmple.example/
http://☃.example/
http://😀.example/
http://microsoftọffice365.com/
file:///etc/passwd
file://example.org/share
mailto:user@example.org
javascript:alert(1)
data:text/plain,hello
about:blank
gopher://example.org/
tcp://example.org:8989/
hxxp://example.org/
//example.org/
/path
example.org
example.org/path
://example.org
1http://example.org/
ht tp://example.org/
http//example.org
httpss://example.org/
http+x://example.org/
http://example.org/login.php?user=a%40example.org&next=https://example.net/%2e%2e/
http://example.org/a/b/c/d/../../../e/./f//g/?q=1&q=2#top
https://example.org/wp-content/plugins/../../index.php?cmd=cat%20/etc/hosts
http://example.org:8080\@example.net/
http://example.org\@example.net/
http://example.org#\@example.net/
http://example.org%40example.net/
http://example.org&@example.net/
http://example.net@192.0.2.1/
http://192.0.2.1@example.org:8000/x
`.split('\n').filter((line) => line !== '');

// Those with characters that a line cannot hold.
const controls = [
  ' http://example.org/ ', '\thttp://example.org/\n', '\u0001http://example.org/\u001f', 'h\ntt\tp://example.org/',
  'http:\n//example.org/', 'http:/\t/example.org/', 'http://exam\tple.org/', 'http://example.org/a\r\nb',
  'http://example.org/a\tb?c\td#e\tf', 'http://example.org:8\n0/', 'http://example.org/.\t./a',
  'http://example.org/\u0000a'.replace('\u0000', '\u0001'), 'http://exa\u0001mple.org/', 'http://example.org/\u007f',
  'http://exa\u007fmple.org/', 'http://example.org/?\u0001#\u0002', 'http://us\u0001er@example.org/',
  '\u00a0http://example.org/', 'http://example.org/\u00a0', 'http://exa\u00a0mple.org/', 'http://\ufeffexample.org/',
  'http://exam\u00adple.org/', 'http://exam\u200bple.org/', 'http://exam\u200dple.org/', 'http://example.org/\u2028',
  'http://a\u0301.example/', 'http://\u0301a.example/', 'http://example.org/' + 'a/'.repeat(200) + '../'.repeat(199),
  'http://' + 'a'.repeat(64) + '.example/', 'http://' + 'a.'.repeat(150) + 'example/',
];

// xorshift32: the same vectors in every run of --write.
function makeRandom(seed) {
  let state = seed >>> 0 || 1;
  return (below) => {
    state ^= state << 13; state >>>= 0;
    state ^= state >>> 17;
    state ^= state << 5; state >>>= 0;
    return state % below;
  };
}

const pieces = ['http', 'https', 'ftp', 'ws', 'wss', ':', ':', '//', '/', '/', '\\', '.', '..', '.', '%2e', '%2E', '@', '?', '#',
  '[', ']', '::', '1', '0x7f', '192.0.2.1', '0300', '255', '256', 'example', 'org', 'a', 'B', '_', '-', '--', 'xn--', '%41', '%',
  '%zz', '%C3%BC', 'ü', 'ß', '。', '😀', ' ', '\t', '"', "'", '<', '>', '`', '{', '}', '|', '^', '~', '!', '$', '&', '(', ')', '*',
  '+', ',', ';', '=', ':80', ':443', ':8080', ':', 'ff', '2001:db8'];

function mutate(random) {
  const base = chosen[random(chosen.length)];
  const points = Array.from(base);
  for (let changes = 1 + random(3); changes > 0; --changes) {
    const at = random(points.length + 1);
    const what = random(4);
    if (what === 0) points.splice(at, 1);
    else if (what === 1) points.splice(at, 0, pieces[random(pieces.length)]);
    else if (what === 2) points.splice(at, 1, pieces[random(pieces.length)]);
    else points.splice(at, 0, ...Array.from(chosen[random(chosen.length)]).slice(random(12), 12 + random(12)));
  }
  return points.join('');
}

function compose(random) {
  let raw = random(8) === 0 ? '' : ['http://', 'https://', 'ftp://', 'ws://', 'HTTP:\\\\', 'wss:'][random(6)];
  for (let length = 1 + random(14); length > 0; --length) raw += pieces[random(pieces.length)];
  return raw;
}

// selector/1 leaves ^ in a path as it is, like the standard until late 2024; a newer Node encodes it.
const newer = new URL('http://example.org/^').href.endsWith('%5E');

function generate(random, count) {
  const all = new Set();
  while (all.size < count) {
    const raw = random(2) === 0 ? mutate(random) : compose(random);
    if (raw.isWellFormed() && !(newer && raw.includes('^'))) all.add(raw);
  }
  return [...all];
}

const [first, second] = process.argv.slice(2);
if (first === '--write' && second) {
  if (newer) throw new Error('write the vectors with Node 20 (see above)');
  const raws = [...new Set([...chosen, ...controls, ...generate(makeRandom(20), 400)])];
  const lines = raws.map((raw) => JSON.stringify(vector(raw)));
  writeFileSync(second, `[\n${lines.join(',\n')}\n]\n`);
} else if (first) {
  const seed = (Date.now() ^ process.pid) >>> 0;
  console.error(`seed ${seed}`);
  const vectors = generate(makeRandom(seed), Number(second ?? 20000)).map(vector);
  const folder = mkdtempSync(join(tmpdir(), 'parley-url-'));
  const file = join(folder, 'vectors.json');
  writeFileSync(file, JSON.stringify(vectors));
  const run = spawnSync(first, ['--gtest_filter=UrlVectors.*'], {
    stdio: 'inherit',
    env: { ...process.env, PARLEY_URL_VECTORS: file },
  });
  rmSync(folder, { recursive: true });
  process.exit(run.status ?? 1);
} else {
  console.error('usage: url_oracle.mjs --write FILE | TEST_PROGRAM [COUNT]');
  process.exit(2);
}
