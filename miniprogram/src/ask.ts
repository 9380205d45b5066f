/** A yes or no before something that cannot be undone: the button is the verb, the text names object and effect. */
export function ask(title: string, text: string, verb: string, otherwise = '再看看'): Promise<boolean> {
  return new Promise((resolve) => {
    uni.showModal({ title, content: text, confirmText: verb, cancelText: otherwise, success: (r) => resolve(r.confirm), fail: () => resolve(false) })
  })
}
/** Only for small reversible things, never for errors. */
export const told = (text: string) => { void uni.showToast({ title: text, icon: 'none', duration: 1500 }) }
