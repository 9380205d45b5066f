/** One shape for everything that can go wrong: the server's problem+json, or a sentence of ours when no server answered. */
export interface FieldError { path: string; code: string; message: string }

export class Problem extends Error {
  constructor(
    readonly code: string,
    readonly detail: string,
    readonly status = 0,
    readonly errors: FieldError[] = [],
    readonly requestId = '',
    readonly extra: Record<string, unknown> = {},
  ) {
    super(detail)
    this.name = 'Problem'
  }

  /** Last six characters, small at the end of the sentence, for the hotline. */
  get number(): string {
    return this.requestId.replaceAll('-', '').slice(-6).toUpperCase()
  }
}

export const unreachable = () => new Problem('UNREACHABLE', '暂时连不上服务，填写内容没有丢。请检查网络后重试。')

const known = new Set(['type', 'title', 'status', 'code', 'detail', 'instance', 'request_id', 'errors'])

export async function problemOf(response: Response): Promise<Problem> {
  const requestId = response.headers.get('x-request-id') ?? ''
  try {
    const body = (await response.json()) as Record<string, unknown>
    const extra = Object.fromEntries(Object.entries(body).filter(([k]) => !known.has(k)))
    return new Problem(
      String(body.code ?? `HTTP_${response.status}`),
      String(body.detail ?? body.title ?? '服务没有给出原因。'),
      response.status,
      Array.isArray(body.errors) ? (body.errors as FieldError[]) : [],
      String(body.request_id ?? requestId),
      extra,
    )
  } catch {
    return new Problem(`HTTP_${response.status}`, `服务返回了无法识别的内容（${response.status}）。请重试，或拨打服务热线。`, response.status, [], requestId)
  }
}

export function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error
  if (error instanceof TypeError) return unreachable()
  return new Problem('FACE_ERROR', `页面出错：${error instanceof Error ? error.message : String(error)}。请刷新页面。`)
}
