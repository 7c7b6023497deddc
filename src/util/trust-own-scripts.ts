type PolicyFactory = {
  createPolicy(name: string, rules: { createScriptURL(url: string): string }): unknown;
};

/**
 * Lets this thread start workers from its own origin, where the page's headers ask for Trusted Types
 * (`require-trusted-types-for 'script'; trusted-types default`): every other way from text to running code stays shut.
 * Libraries start workers too, by plain URLs, so it is the default policy. To be called once a thread, before the first
 * worker; does nothing where there are no Trusted Types.
 */
export function trustOwnScripts(): void {
  const factory: unknown = Reflect.get(globalThis, 'trustedTypes');
  if (!isPolicyFactory(factory)) return;
  factory.createPolicy('default', {
    createScriptURL: (url) => {
      const { protocol, origin } = new URL(url, location.href);
      if (origin === location.origin && protocol.startsWith('http')) return url;
      throw new TypeError(`a script of another origin: ${url}`);
    },
  });
}

function isPolicyFactory(value: unknown): value is PolicyFactory {
  return typeof value === 'object' && value !== null && 'createPolicy' in value;
}
