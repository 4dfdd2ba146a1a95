// Choosing photos and sending them, one after another: an uplink from abroad is thin. The list belongs to the page (it is
// part of the draft); every change is told by the event "change".
import { fetchPhoto, uploadPhoto } from '../../utils/api'
import { Photo } from '../../utils/draft'
import { ApiError } from '../../utils/http'
import { fill, strings } from '../../utils/i18n'
import { newKey } from '../../utils/keys'
import { LIMITS } from '../../utils/validate'

const fetching = new Set<string>() // keys of restored photos that are being fetched for display

Component({
  properties: { photos: { type: Array, value: [] as Photo[] }, max: { type: Number, value: LIMITS.photos } },
  data: { t: strings().photos, labels: [] as { photo: string; remove: string; retry: string }[], problem: '' },
  observers: {
    photos(photos: Photo[]) {
      const t = strings().photos
      this.setData({ labels: photos.map((_, i) => ({ photo: fill(t.photo, { n: i + 1 }), remove: fill(t.remove, { n: i + 1 }), retry: fill(t.retry, { n: i + 1 }) })) })
      for (const photo of photos) if (!photo.path && photo.id !== '') this.restore(photo)
    },
  },
  methods: {
    async add() {
      this.setData({ problem: '' })
      const chosen = await wx.chooseMedia({ count: this.data.max - this.data.photos.length, mediaType: ['image'], sizeType: ['compressed'], sourceType: ['album', 'camera'] })
        .catch((error: { errMsg: string }) => {
          if (/privacy/.test(error.errMsg)) this.setData({ problem: strings().photos.denied })
          return null
        })
      if (!chosen) return
      const added: Photo[] = chosen.tempFiles.map(file => ({ key: newKey(), id: '', path: file.tempFilePath, state: 'uploading' }))
      this.tell([...this.data.photos, ...added])
      for (const photo of added) await this.send(photo.key)
    },
    async send(key: string) {
      const photo = this.data.photos.find((one: Photo) => one.key === key)
      if (!photo) return
      try {
        const { id } = await uploadPhoto(photo.path, key)
        this.change(key, { id, state: 'done' })
      } catch (error) {
        this.change(key, { state: 'failed' })
        const { title, detail } = error as ApiError
        this.setData({ problem: [title, detail].filter(Boolean).join('。') })
      }
    },
    retry(event: WechatMiniprogram.TouchEvent) {
      const key = event.currentTarget.dataset.key as string
      this.setData({ problem: '' })
      this.change(key, { state: 'uploading' })
      return this.send(key)
    },
    async restore(photo: Photo) {
      if (fetching.has(photo.key)) return
      fetching.add(photo.key)
      try {
        this.change(photo.key, { path: await fetchPhoto(photo.id as string | number) })
      } catch {
        // Without a picture the cell says that the photo has been sent; that is what matters here.
      } finally { fetching.delete(photo.key) }
    },
    remove(event: WechatMiniprogram.TouchEvent) { this.tell(this.data.photos.filter((photo: Photo) => photo.key !== event.currentTarget.dataset.key)) },
    preview(event: WechatMiniprogram.TouchEvent) {
      const path = event.currentTarget.dataset.path as string
      if (path) wx.previewImage({ urls: this.data.photos.map((photo: Photo) => photo.path).filter(Boolean), current: path })
    },
    change(key: string, values: Partial<Photo>) {
      if (this.data.photos.some((photo: Photo) => photo.key === key)) this.tell(this.data.photos.map((photo: Photo) => photo.key === key ? { ...photo, ...values } : photo))
    },
    tell(photos: Photo[]) {
      this.setData({ photos })
      this.triggerEvent('change', { photos })
    },
  },
})
