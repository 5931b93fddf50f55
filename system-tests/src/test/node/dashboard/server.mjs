// A browser for several scenarios, one after the other: prints the address that they connect to (BROWSER), and serves until it is killed.
import { serve } from "./browser.mjs";

console.log((await serve()).wsEndpoint());
