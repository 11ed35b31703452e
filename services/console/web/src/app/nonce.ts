// The page's policy lets in only styles with its nonce. antd takes it by its configuration, but two of the packages it
// stands on (scroll lock, scroll bar width) make style elements without asking: they get it here.
export const nonce = document.querySelector<HTMLElement>('[property="csp-nonce"]')?.nonce ?? ''

export function giveStylesTheNonce(): void {
  const create = document.createElement
  document.createElement = function (this: Document, name: string, options?: ElementCreationOptions) {
    const made = create.call(this, name, options)
    if (name.toLowerCase() === 'style') made.nonce = nonce
    return made
  } as typeof document.createElement
}
