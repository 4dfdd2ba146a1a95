// The page where a follower allows notices. Every word stands in the page; here is chosen which to show.
(() => {
  const PATIENCE = 10000 // WeChat that neither agrees nor refuses
  const wx = window.wx || window.module.exports
  const page = document.querySelector('main')
  const told = page.querySelector('.told[role=status]')
  const button = document.getElementById('allow')
  const show = state => { page.dataset.state = state }

  function tell(name) {
    told.hidden = false
    told.textContent = page.querySelector(`[data-words=${name}]`).textContent
  }

  function begin(signed) {
    let refused = false
    const waiting = setTimeout(() => show('later'), PATIENCE)
    wx.error(() => {
      refused = true
      clearTimeout(waiting)
      show('later')
    })
    wx.ready(() => { // also called after an error
      if (refused) return
      clearTimeout(waiting)
      if (page.dataset.state !== 'old') show('ready')
    })
    // The list must not be empty: then WeChat does not look at the tags either.
    wx.config({ ...signed, debug: false, jsApiList: ['hideMenuItems'], openTagList: ['wx-open-subscribe'] })
  }

  for (const link of page.querySelectorAll('a.script')) link.hash = location.hash
  document.getElementById('again').addEventListener('click', () => location.reload())
  button.addEventListener('success', event => {
    // {"<template>": "{\"status\":\"accept\"}"}, as text
    tell(/accept/.test(JSON.stringify(event.detail.subscribeDetails)) ? 'accept' : 'reject')
  })
  button.addEventListener('error', () => tell('failed'))
  document.addEventListener('WeixinOpenTagsError', () => show('old'))

  if (!/MicroMessenger/i.test(navigator.userAgent)) {
    show('elsewhere')
    return
  }
  const here = location.href.split('#')[0]
  fetch(`${page.dataset.signature}?url=${encodeURIComponent(here)}`)
    .then(answer => (answer.ok ? answer.json() : Promise.reject(new Error('not signed'))))
    .then(begin)
    .catch(() => show('later'))
})()
