/** Every refusal of the server in one form (application/problem+json), and our own for what never reached it. */
export interface FieldError { path: string; code: string; message: string }

export class Problem extends Error {
  constructor(
    readonly code: string,
    /** What happened, why, what to do: shown as it is. */
    readonly detail: string,
    readonly status = 0,
    readonly errors: FieldError[] = [],
    readonly requestId = '',
    /** Members beyond the standard ones, e.g. `conflicts`, `purpose`, `retry_after`. */
    readonly extra: Record<string, unknown> = {},
  ) {
    super(detail)
    this.name = 'Problem'
  }

  /** Six characters a person can read to the hotline. */
  get number(): string {
    return this.requestId.replace(/-/g, '').slice(-6).toUpperCase()
  }

  /** The request never got an answer: what was typed must be kept and can be sent later. */
  get unanswered(): boolean {
    return this.code === 'OFFLINE' || this.code === 'UNREACHABLE'
  }
}

export const offline = () => new Problem('OFFLINE', '没有网络，填写内容已保存在本机。联网后可继续。')
export const unreachable = () => new Problem('UNREACHABLE', '暂时连不上服务，填写内容没有丢。请检查网络后重试，或拨打服务热线。')

const known = ['type', 'title', 'status', 'code', 'detail', 'instance', 'request_id', 'errors']

export function problemOf(status: number, body: unknown, header: Record<string, string> = {}): Problem {
  const id = header['x-request-id'] ?? header['X-Request-Id'] ?? ''
  let parsed = body
  if (typeof body === 'string') { try { parsed = JSON.parse(body) } catch { parsed = null } }
  if (!parsed || typeof parsed !== 'object') {
    return new Problem(`HTTP_${status}`, `服务返回了无法识别的内容（${status}）。请重试，或拨打服务热线。`, status, [], id)
  }
  const b = parsed as Record<string, unknown>
  const extra: Record<string, unknown> = {}
  for (const k of Object.keys(b)) if (!known.includes(k)) extra[k] = b[k]
  return new Problem(String(b.code ?? `HTTP_${status}`), String(b.detail ?? b.title ?? '服务没有给出原因。'), status, Array.isArray(b.errors) ? (b.errors as FieldError[]) : [], String(b.request_id ?? id), extra)
}

export function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error
  return new Problem('FACE_ERROR', `页面出错：${error instanceof Error ? error.message : String(error)}。请返回后再进入本页。`)
}
