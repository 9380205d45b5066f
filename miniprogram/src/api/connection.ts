/** Whether the phone has a network, and whether the last request reached the server. */
import { reactive } from 'vue'

export const connection = reactive({
  online: true,
  /** The last request reached nobody although there is a network. */
  unreachable: false,
  reached() { this.online = true; this.unreachable = false },
  /** True when it was for want of a network. */
  failed(): boolean { this.unreachable = this.online; return !this.online },
})

let back: (() => void)[] = []
/** Called each time the network returns; answers how to stop that. */
export function onBackOnline(f: () => void): () => void {
  back.push(f)
  return () => { back = back.filter((g) => g !== f) }
}

function turn(online: boolean): void {
  const returned = online && !connection.online
  connection.online = online
  if (returned) { connection.unreachable = false; back.forEach((f) => f()) }
}

export function watchConnection(): void {
  uni.getNetworkType({ success: (r) => { connection.online = r.networkType !== 'none' } })
  uni.onNetworkStatusChange((r) => turn(r.isConnected))
  // #ifdef H5
  // uni listens to navigator.connection where there is one, and that stays silent when the network goes altogether.
  window.addEventListener('offline', () => turn(false))
  window.addEventListener('online', () => turn(true))
  // #endif
}
