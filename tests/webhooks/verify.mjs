// Verifies what receivers got with the package that Standard Webhooks publishes for JavaScript. Arguments: files that
// tests/scenarios/both/webhooks.rs kept.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const { Webhook } = createRequire(new URL("../worker/package.json", import.meta.url))("standardwebhooks");
const now = Date.now;
let failures = 0;
for (const file of process.argv.slice(2)) {
  const { secrets, received } = JSON.parse(readFileSync(file, "utf8"));
  let verified = 0;
  for (const { headers, body } of received) {
    // The tests run at a time of their own, and the package accepts five minutes.
    Date.now = () => Number(headers["webhook-timestamp"]) * 1000;
    for (const secret of secrets) {
      new Webhook(secret).verify(body, headers);
      verified += 1;
    }
    for (const forged of [{ ...headers, "webhook-id": "other" }, { ...headers, "webhook-timestamp": `${Number(headers["webhook-timestamp"]) - 1}` }]) {
      try {
        new Webhook(secrets[0]).verify(body, forged);
        failures += 1;
      } catch { /* As it should be. */ }
    }
  }
  Date.now = now;
  if (verified === 0) failures += 1;
  console.log(`${file.split("/").pop()}: ${verified} signatures of ${received.length} requests verified by npm's standardwebhooks`);
}
if (failures > 0) {
  console.error(`${failures} forgeries were accepted, or nothing was verified`);
  process.exit(1);
}
