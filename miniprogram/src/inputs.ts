/**
 * H5 only: uni's <input> renders the browser's own input deep inside; this ties what assistive technology and the keyboard
 * need to it. `root` is any element around the input.
 */
export interface InputFacts { label: string; invalid?: boolean; autocomplete?: string; describedBy?: string; mode?: string; testid?: string }

export function describeInput(root: unknown, facts: InputFacts): void {
  // #ifdef H5
  const host = (root as { $el?: Element })?.$el ?? (root as Element | null)
  const field = host?.querySelector?.('input,textarea')
  if (!field) return
  field.setAttribute('aria-label', facts.label)
  if (facts.invalid) field.setAttribute('aria-invalid', 'true')
  else field.removeAttribute('aria-invalid')
  if (facts.autocomplete) field.setAttribute('autocomplete', facts.autocomplete)
  if (facts.mode) field.setAttribute('inputmode', facts.mode)
  if (facts.testid) field.setAttribute('data-testid', facts.testid)
  if (facts.describedBy) field.setAttribute('aria-describedby', facts.describedBy)
  // #endif
}

/**
 * H5 only, once per app: names given to uni's <input>, <textarea> and <image> stand on its wrapper, where screen readers do not look;
 * they are carried to the browser's own element, now and whenever they change. A picture without a name is decoration.
 */
export function tieNames(): void {
  // #ifdef H5
  const names = ['aria-label', 'aria-invalid', 'aria-describedby']
  const wrappers = 'uni-input,uni-textarea,uni-image'
  const tie = (wrapper: Element) => {
    const inner = wrapper.querySelector(wrapper.tagName === 'UNI-IMAGE' ? 'img' : 'input,textarea')
    if (!inner) return
    if (inner.tagName === 'IMG') { if (inner.getAttribute('alt') === null || wrapper.hasAttribute('aria-label')) inner.setAttribute('alt', wrapper.getAttribute('aria-label') ?? ''); return }
    for (const name of names) {
      const value = wrapper.getAttribute(name)
      if (value !== null && inner.getAttribute(name) !== value) inner.setAttribute(name, value)
    }
  }
  const under = (node: Node) => {
    if (!(node instanceof Element)) return
    const own = node.closest(wrappers)
    if (own) tie(own)
    node.querySelectorAll(wrappers).forEach(tie)
  }
  new MutationObserver((changes) => { for (const c of changes) { if (c.type === 'attributes') under(c.target); else c.addedNodes.forEach(under) } })
    .observe(document.body, { childList: true, subtree: true, attributes: true, attributeFilter: names })
  under(document.body)
  // #endif
}
