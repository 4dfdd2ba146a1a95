// What somebody has typed but not yet handed in. It is on the phone after every pause in typing, so neither a call that
// comes in nor a flat battery costs an old person half an hour of writing. The key of the submission is part of it.
import { newKey } from './keys'
import { FileId, Kind } from './types'

export interface Photo {
  key: string // idempotency key of the upload
  id: FileId | '' // '' until uploaded
  path: string // temporary file on the phone; '' after a restart, when WeChat has thrown it away
  state: 'uploading' | 'done' | 'failed'
}

export interface CaseDraft {
  key: string
  topic: string
  subject: string
  body: string
  country: string
  contact: string
  photos: Photo[]
  subscribed: '' | 'accept' | 'reject' // what was answered to "may we notify you?", asked once per form
}

export interface SupplementDraft { key: string; body: string; photos: Photo[] }

const nameOf = (place: Kind | `supplement:${string}`) => 'draft:' + place

/** Photos whose upload did not finish before a restart are gone from the phone; the others are kept by their id. */
const revived = (photos: Photo[]) => photos.filter(photo => photo.id !== '').map(photo => ({ ...photo, path: '', state: 'done' as const }))

export const emptyCase = (country = ''): CaseDraft =>
  ({ key: newKey(), topic: '', subject: '', body: '', country, contact: '', photos: [], subscribed: '' })

export const isTouched = (draft: CaseDraft) =>
  [draft.topic, draft.subject, draft.body, draft.contact].some(text => text.trim() !== '') || draft.photos.length > 0

export function loadCaseDraft(kind: Kind): CaseDraft | null {
  const kept = wx.getStorageSync(nameOf(kind)) as CaseDraft | ''
  return kept ? { ...emptyCase(), ...kept, photos: revived(kept.photos ?? []) } : null
}
export const saveCaseDraft = (kind: Kind, draft: CaseDraft) => wx.setStorageSync(nameOf(kind), draft)
export const dropCaseDraft = (kind: Kind) => wx.removeStorageSync(nameOf(kind))

export const emptySupplement = (): SupplementDraft => ({ key: newKey(), body: '', photos: [] })
export function loadSupplement(number: string): SupplementDraft | null {
  const kept = wx.getStorageSync(nameOf(`supplement:${number}`)) as SupplementDraft | ''
  return kept ? { ...emptySupplement(), ...kept, photos: revived(kept.photos ?? []) } : null
}
export const saveSupplement = (number: string, draft: SupplementDraft) => wx.setStorageSync(nameOf(`supplement:${number}`), draft)
export const dropSupplement = (number: string) => wx.removeStorageSync(nameOf(`supplement:${number}`))
