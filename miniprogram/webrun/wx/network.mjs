// request, uploadFile, downloadFile: the phone's network. In the sandbox every path goes through its proxy.
export const DEFAULT_TIMEOUT_MS = 60000 // WeChat's

/** The app's sources name the real https host; here only the path counts, and the phone's network stands before it. */
export function routed(url, sandbox) {
  const { pathname, search } = new URL(url, 'https://phone.invalid')
  return (sandbox?.api ?? '') + pathname + search
}

export function network(host) {
  const call = async (options, init) => {
    const cut = new AbortController()
    const timer = setTimeout(() => cut.abort(), options.timeout ?? DEFAULT_TIMEOUT_MS)
    try {
      return await fetch(routed(options.url, host.sandbox), { ...init, signal: cut.signal, redirect: 'follow' })
    } catch (error) {
      throw new Error(cut.signal.aborted ? 'timeout' : error.message)
    } finally { clearTimeout(timer) }
  }
  const parsed = text => { try { return JSON.parse(text) } catch { return text } }

  return {
    async request(options) {
      const method = (options.method || 'GET').toUpperCase()
      const isRead = method === 'GET' || method === 'HEAD'
      const search = isRead && options.data ? '?' + new URLSearchParams(options.data) : ''
      const body = isRead ? undefined : typeof options.data === 'string' ? options.data : JSON.stringify(options.data ?? {})
      const answer = await call({ ...options, url: options.url + search }, { method, body, headers: { 'content-type': 'application/json', ...options.header } })
      return { statusCode: answer.status, data: parsed(await answer.text()), header: Object.fromEntries(answer.headers), cookies: [] }
    },
    async uploadFile(options) {
      const file = host.files.get(options.filePath)
      if (!file) throw new Error('file not found')
      const body = new FormData()
      for (const [name, value] of Object.entries(options.formData || {})) body.append(name, value)
      body.append(options.name, file, file.name)
      const answer = await call(options, { method: 'POST', body, headers: options.header || {} })
      return { statusCode: answer.status, data: await answer.text() } // text, as on a phone
    },
    async downloadFile(options) {
      const answer = await call(options, { headers: options.header || {} })
      const file = await answer.blob()
      const tempFilePath = URL.createObjectURL(file)
      host.files.set(tempFilePath, file)
      return { statusCode: answer.status, tempFilePath }
    },
  }
}
