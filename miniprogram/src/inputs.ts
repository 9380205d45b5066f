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
