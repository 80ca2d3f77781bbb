/**
 * Importing this before `@pulumi/policy` spares a pack a quarter of its start.
 *
 * The SDK loads npm's resolver of dependencies when it is loaded itself, though it asks it for its class `Arborist` only
 * to gather the code of dynamic providers (runtime/closure/codePaths.js), and no policy has any. Until then a place
 * holder stands for it. An SDK without that resolver is left as it is.
 */
import Module, { createRequire } from "node:module";

const requireAsSdk = createRequire(require.resolve("@pulumi/pulumi/package.json"));

const locate = (): string | undefined => {
  try {
    return requireAsSdk.resolve("@npmcli/arborist");
  } catch {
    return undefined;
  }
};

const file = locate();
if (file !== undefined && require.cache[file] === undefined) {
  const placeHolder = Object.assign(new Module(file), { loaded: true });
  placeHolder.exports = {
    __esModule: true,
    get Arborist(): unknown {
      // Only once: who holds the place holder may ask again.
      if (require.cache[file] === placeHolder) require.cache[file] = undefined;
      return (requireAsSdk(file) as { readonly Arborist: unknown }).Arborist;
    },
  };
  require.cache[file] = placeHolder;
}
