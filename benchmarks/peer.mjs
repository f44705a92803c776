// The Node peer of the cached look-up: verifies the token (once, then from a map, as Ringback does), looks the order up in
// a map and writes the JSON. What a careful engineer would write by hand with `node:http`.
import { createServer } from "node:http";
import { createPublicKey, verify } from "node:crypto";

const [port, jwks, order] = [Number(process.argv[2]), JSON.parse(process.argv[3]), JSON.parse(process.argv[4])];
const keys = new Map(jwks.keys.map((key) => [key.kid, createPublicKey({ key, format: "jwk" })]));
const orders = new Map([[order.order_id, order]]);
const verified = new Map();

function claims(token) {
  const known = verified.get(token);
  if (known) return known.exp > Date.now() / 1000 ? known : undefined;
  const [header, payload, signature] = token.split(".");
  const { kid, alg } = JSON.parse(Buffer.from(header, "base64url"));
  const key = keys.get(kid);
  const options = alg === "ES256" ? { key, dsaEncoding: "ieee-p1363" } : key;
  if (!key || !verify("sha256", Buffer.from(`${header}.${payload}`), options, Buffer.from(signature, "base64url"))) return;
  const found = JSON.parse(Buffer.from(payload, "base64url"));
  if (found.exp <= Date.now() / 1000) return;
  verified.set(token, found);
  return found;
}

createServer((request, response) => {
  const match = /^\/v1\/orders\/([^/?]+)$/.exec(request.url);
  const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? "")?.[1];
  const caller = token && claims(token);
  if (!caller) return response.writeHead(401).end();
  if (!caller.scope.split(" ").includes("orders:read")) return response.writeHead(403).end();
  const found = match && orders.get(decodeURIComponent(match[1]));
  if (!found) return response.writeHead(404).end();
  const body = JSON.stringify(found);
  response.writeHead(200, {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(body),
    "x-request-id": request.headers["x-request-id"] ?? String(Math.random()),
  });
  response.end(body);
}).listen(port, "127.0.0.1", () => console.log("ready"));
