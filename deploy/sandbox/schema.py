"""The tables of the stand-in's own SQLite file."""

from __future__ import annotations

SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS accounts (appid TEXT PRIMARY KEY, settings TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS tokens (
  token TEXT PRIMARY KEY, appid TEXT NOT NULL, endpoint TEXT NOT NULL, issued_at REAL NOT NULL,
  expires_at REAL NOT NULL, superseded INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS tokens_current ON tokens (appid, endpoint, superseded);
CREATE TABLE IF NOT EXISTS followers (
  id INTEGER PRIMARY KEY AUTOINCREMENT, nickname TEXT NOT NULL, country TEXT NOT NULL,
  zone TEXT NOT NULL, language TEXT NOT NULL, unionid TEXT NOT NULL, platform TEXT NOT NULL,
  phone TEXT NOT NULL, created_at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS identities (
  openid TEXT PRIMARY KEY, appid TEXT NOT NULL, follower_id INTEGER NOT NULL,
  following INTEGER NOT NULL DEFAULT 0, follow_no INTEGER, subscribe_time INTEGER,
  subscribe_scene TEXT NOT NULL DEFAULT '', qr_scene INTEGER NOT NULL DEFAULT 0,
  qr_scene_str TEXT NOT NULL DEFAULT '', remark TEXT NOT NULL DEFAULT '',
  blacklisted INTEGER NOT NULL DEFAULT 0, refuses INTEGER NOT NULL DEFAULT 0,
  session_key TEXT, last_login REAL, UNIQUE (follower_id, appid)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS identities_order ON identities (appid, following, follow_no);
CREATE TABLE IF NOT EXISTS tags (
  appid TEXT NOT NULL, id INTEGER NOT NULL, name TEXT NOT NULL, PRIMARY KEY (appid, id));
CREATE TABLE IF NOT EXISTS taggings (
  appid TEXT NOT NULL, tag_id INTEGER NOT NULL, openid TEXT NOT NULL,
  PRIMARY KEY (appid, tag_id, openid)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS taggings_openid ON taggings (openid);
CREATE TABLE IF NOT EXISTS windows (
  openid TEXT NOT NULL, cause TEXT NOT NULL, opened_at REAL NOT NULL, expires_at REAL NOT NULL,
  remaining INTEGER NOT NULL, PRIMARY KEY (openid, cause)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS timeline (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, appid TEXT NOT NULL, follower_id INTEGER NOT NULL,
  at REAL NOT NULL, origin TEXT NOT NULL, channel TEXT NOT NULL, kind TEXT NOT NULL,
  content TEXT NOT NULL, status TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS timeline_phone ON timeline (follower_id, seq);
CREATE TABLE IF NOT EXISTS pushes (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, appid TEXT NOT NULL, openid TEXT NOT NULL,
  follower_id INTEGER, at REAL NOT NULL, message TEXT NOT NULL, shown INTEGER NOT NULL,
  item INTEGER, state TEXT NOT NULL DEFAULT 'pending', outcome TEXT NOT NULL DEFAULT '{}');
CREATE INDEX IF NOT EXISTS pushes_state ON pushes (state);
CREATE TABLE IF NOT EXISTS callbacks (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, push INTEGER, at REAL NOT NULL, entry TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS calls (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, at REAL NOT NULL, appid TEXT, path TEXT NOT NULL,
  rid TEXT, entry TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS calls_rid ON calls (rid);
CREATE TABLE IF NOT EXISTS faults (id INTEGER PRIMARY KEY AUTOINCREMENT, rule TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS counters (
  appid TEXT NOT NULL, name TEXT NOT NULL, period TEXT NOT NULL, used INTEGER NOT NULL,
  PRIMARY KEY (appid, name, period)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS media (
  media_id TEXT PRIMARY KEY, appid TEXT NOT NULL, type TEXT NOT NULL, permanent INTEGER NOT NULL,
  created_at REAL NOT NULL, name TEXT NOT NULL, content_type TEXT NOT NULL, title TEXT NOT NULL,
  introduction TEXT NOT NULL, url TEXT NOT NULL, content BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS drafts (
  media_id TEXT PRIMARY KEY, appid TEXT NOT NULL, created_at REAL NOT NULL,
  updated_at REAL NOT NULL, articles TEXT NOT NULL, number INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS publishes (
  publish_id INTEGER PRIMARY KEY AUTOINCREMENT, appid TEXT NOT NULL, article_id TEXT NOT NULL,
  base TEXT NOT NULL, status INTEGER NOT NULL, fail_idx TEXT NOT NULL, at REAL NOT NULL,
  articles TEXT NOT NULL);
CREATE UNIQUE INDEX IF NOT EXISTS publishes_article ON publishes (article_id);
CREATE TABLE IF NOT EXISTS mass (
  msg_id INTEGER PRIMARY KEY AUTOINCREMENT, appid TEXT NOT NULL, client_id TEXT NOT NULL,
  at REAL NOT NULL, status TEXT NOT NULL, job TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS mass_client ON mass (appid, client_id, at);
CREATE TABLE IF NOT EXISTS menus (
  menuid INTEGER PRIMARY KEY AUTOINCREMENT, appid TEXT NOT NULL, conditional INTEGER NOT NULL,
  body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS qrcodes (
  ticket TEXT PRIMARY KEY, appid TEXT NOT NULL, scene TEXT NOT NULL, numeric INTEGER NOT NULL,
  permanent INTEGER NOT NULL, expires_at REAL, url TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS qrcodes_scene ON qrcodes (appid, scene);
CREATE TABLE IF NOT EXISTS codes (
  code TEXT PRIMARY KEY, appid TEXT NOT NULL, openid TEXT NOT NULL, kind TEXT NOT NULL,
  expires_at REAL NOT NULL, used INTEGER NOT NULL DEFAULT 0, detail TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS sealed (hash TEXT PRIMARY KEY, appid TEXT NOT NULL, at REAL NOT NULL)
  WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS consents (
  openid TEXT NOT NULL, template_id TEXT NOT NULL, remaining INTEGER NOT NULL,
  PRIMARY KEY (openid, template_id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS sent_once (
  openid TEXT NOT NULL, client_id TEXT NOT NULL, at REAL NOT NULL, msgid INTEGER NOT NULL,
  PRIMARY KEY (openid, client_id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS jobs (
  id INTEGER PRIMARY KEY AUTOINCREMENT, due_at REAL NOT NULL, kind TEXT NOT NULL,
  detail TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS jobs_due ON jobs (due_at);
"""

TABLES = (
    "meta", "accounts", "tokens", "followers", "identities", "tags", "taggings", "windows",
    "timeline", "pushes", "callbacks", "calls", "faults", "counters", "media", "drafts",
    "publishes", "mass", "menus", "qrcodes", "codes", "sealed", "consents", "sent_once", "jobs",
)  # fmt: skip
