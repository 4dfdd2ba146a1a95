// "May we tell you when something happens?" WeChat allows one message per consent and asks only inside a tap.
import { reportSubscription } from './api'

/** Call it first thing in a tap handler, before anything is awaited. Resolves with the answer; never rejects. */
export async function askToNotify(template: string | null | undefined): Promise<'' | 'accept' | 'reject'> {
  if (!template) return ''
  const answer = await wx.requestSubscribeMessage({ tmplIds: [template] }).catch(() => null)
  if (!answer) return '' // switched off in WeChat's settings, or not possible here: no reason to hold anybody up
  return (answer as Record<string, string>)[template].startsWith('accept') ? 'accept' : 'reject'
}

/** Tells the server. WeChat tells it too, so a failure here costs nothing. */
export function reportConsent(key: string) {
  return reportSubscription(key).catch(() => undefined)
}
