import { fetchNotice } from '../../utils/api'
import { ApiError } from '../../utils/http'
import { fill, strings } from '../../utils/i18n'
import { Notice } from '../../utils/types'

Page({
  data: {
    t: strings().notice, loading: strings().trouble.loading, it: null as Notice | null, by: '', version: '',
    trouble: null as { title: string; detail: string } | null,
  },
  onLoad() { return this.load() },
  async load() {
    const t = strings().notice
    try {
      const it = await fetchNotice()
      this.setData({ it, by: fill(t.by, { county: it.handler }), version: fill(t.version, { version: it.version }), trouble: null })
    } catch (error) {
      const { title, detail } = error as ApiError
      this.setData({ trouble: { title, detail } })
    }
  },
})
