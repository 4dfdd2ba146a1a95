// Our copy of WeChat's script is a CommonJS module: it puts itself here. Other copies set window.wx.
window.module = { exports: {} }
