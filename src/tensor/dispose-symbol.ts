/** `Symbol.dispose`, which `using` looks for: Safari and Node before 20.4 lack it. */
export const disposeSymbol: typeof Symbol.dispose = ((
  Symbol as { dispose?: typeof Symbol.dispose }
).dispose ??= Symbol("Symbol.dispose") as typeof Symbol.dispose);
