// What the server would refuse, said before it is asked. The limits are those of /api/v1.
import { fill, strings } from './i18n'
import { Photo } from './draft'

export const LIMITS = { subject: 60, body: 5000, shortestBody: 5, contact: 60, supplement: 2000, photos: 6, salutation: 20, hometown: 60 }

/** Counts characters as the server does: an emoji or a rare character is one. */
export const length = (text: string) => [...text.trim()].length

export type CaseErrors = Partial<Record<'topic' | 'subject' | 'body' | 'contact' | 'photos' | 'consent', string>>

export function checkCase(form: { topic: string; subject: string; body: string; contact: string; photos: Photo[]; agreed: boolean }): CaseErrors {
  const t = strings().errors
  const errors: CaseErrors = {}
  if (!form.topic) errors.topic = t.topic
  if (!length(form.subject)) errors.subject = t.subject
  else if (length(form.subject) > LIMITS.subject) errors.subject = fill(t.tooLong, { n: LIMITS.subject })
  if (length(form.body) < LIMITS.shortestBody) errors.body = t.body
  else if (length(form.body) > LIMITS.body) errors.body = fill(t.tooLong, { n: LIMITS.body })
  if (length(form.contact) > LIMITS.contact) errors.contact = fill(t.tooLong, { n: LIMITS.contact })
  const photos = checkPhotos(form.photos)
  if (photos) errors.photos = photos
  if (!form.agreed) errors.consent = t.consent
  return errors
}

/** Handing in while a photo is still on its way would leave it out silently. */
export function checkPhotos(photos: Photo[]): string {
  const t = strings().errors
  if (photos.some(photo => photo.state === 'uploading')) return t.photosUploading
  if (photos.some(photo => photo.state === 'failed')) return t.photosFailed
  return ''
}

export function checkSupplement(form: { body: string; photos: Photo[] }): { body?: string; photos?: string } {
  const t = strings().errors
  const photos = checkPhotos(form.photos)
  return {
    ...(length(form.body) < 1 ? { body: t.supplement } : length(form.body) > LIMITS.supplement ? { body: fill(t.tooLong, { n: LIMITS.supplement }) } : {}),
    ...(photos ? { photos } : {}),
  }
}
