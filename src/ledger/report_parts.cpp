#include "ledger/report_parts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "ledger/bundle_text.hpp"
#include "record/release_statement.hpp"

namespace parley::ledger {
namespace {

// One style sheet, no fonts and no pictures from elsewhere: the page must look the same in ten years,
// offline.
constexpr std::string_view style = R"css(
:root{--ink:#18212f;--soft:#5b6778;--line:#dde3ea;--paper:#fff;--wash:#f4f6f9;--accent:#1f4f82;--warn:#8a5a00}
*{box-sizing:border-box}
body{margin:0;background:var(--wash);color:var(--ink);font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
main{max-width:60rem;margin:2rem auto;background:var(--paper);border:1px solid var(--line);border-radius:12px;overflow:hidden}
header{padding:2.2rem 2.5rem 1.6rem;background:linear-gradient(135deg,#14304f,#1f4f82);color:#fff}
header code{background:rgba(255,255,255,.14);color:#fff}
.kicker{margin:0;letter-spacing:.12em;text-transform:uppercase;font-size:.78rem;opacity:.8}
h1{margin:.3rem 0 .5rem;font-size:1.7rem;line-height:1.25}
.sub{margin:0;opacity:.9}
.notice{margin:1.1rem 0 0;padding:.6rem .9rem;border-left:3px solid #ffc857;background:rgba(255,255,255,.1);font-size:.92rem}
section{padding:1.4rem 2.5rem;border-top:1px solid var(--line)}
h2{margin:0 0 .8rem;font-size:1.08rem;color:var(--accent)}
p{margin:.4rem 0}
table{width:100%;border-collapse:collapse;margin:.4rem 0;font-size:.95rem}
td,th{padding:.42rem .6rem .42rem 0;border-bottom:1px solid var(--line);text-align:left;vertical-align:top}
th{color:var(--soft);font-weight:600;font-size:.85rem}
td.label{width:13rem;color:var(--soft)}
tr:last-child td{border-bottom:0}
code{font:.86em/1.4 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;background:var(--wash);padding:.08rem .35rem;border-radius:4px;overflow-wrap:anywhere}
pre{margin:.4rem 0;padding:.8rem 1rem;background:var(--wash);border:1px solid var(--line);border-radius:8px;overflow-x:auto;font:.86rem/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
.cards{display:flex;flex-wrap:wrap;gap:.9rem;margin:.5rem 0}
.card{flex:1 1 15rem;border:1px solid var(--line);border-radius:10px;padding:.8rem 1rem}
.card b{display:block;margin-bottom:.2rem}
.card div{color:var(--soft);font-size:.92rem}
.sealed{font-size:.8rem;color:var(--warn)}
.tlp{font-weight:700;font-size:.8rem;padding:.12rem .5rem;border-radius:4px;background:#000;color:#fff;white-space:nowrap}
.tlp.red{color:#ff2b2b}.tlp.amber{color:#ffc000}.tlp.green{color:#33ff00}
blockquote{margin:.3rem 0;padding:.7rem 1rem;border-left:3px solid var(--accent);background:var(--wash);white-space:pre-wrap}
.time td:first-child{white-space:nowrap;color:var(--soft);width:15rem}
.limits{background:#fffaf0}
.limits h2{color:var(--warn)}
.limits li{margin:.3rem 0}
svg{width:100%;height:auto;margin-top:.6rem}
svg text{font:11px ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;fill:var(--ink)}
@media print{body{background:#fff}main{border:0;margin:0;max-width:none}section{break-inside:avoid}}
@media (max-width:40rem){section,header{padding-left:1.2rem;padding-right:1.2rem}td.label{width:auto}}
)css";

std::string short_hash(const merkle::Hash& hash) {
  return to_hex(BytesView(hash).first(4));
}

/// Leaf at the left, root at the right, at each step the neighbour that is hashed in.
std::string path_drawing(const EvidenceStatement::Recorded& recorded) {
  const std::vector<merkle::Hash>& path = recorded.proof.proof.path;
  constexpr int step = 96;
  const int width = 120 + step * static_cast<int>(path.size() + 1);
  std::string out = fmt::format(
      R"(<svg viewBox="0 0 {} 118" role="img" aria-label="Path of {} hashes from the leaf to the root">)",
      width, path.size());
  const auto box = [&](int x, int y, std::string_view text, std::string_view fill) {
    out += fmt::format(
        R"(<rect x="{}" y="{}" width="78" height="26" rx="5" fill="{}" stroke="#1f4f82"/><text x="{}" y="{}">{}</text>)",
        x, y, fill, x + 8, y + 17, text);
  };
  for (std::size_t i = 0; i < path.size(); ++i) {
    const int x = 4 + step * static_cast<int>(i);
    out += fmt::format(R"(<path d="M{} 31H{}M{} 85L{} 44" stroke="#9fb3c8" fill="none"/>)", x + 78, x + step,
                       x + 39, x + step + 10);
    box(x, 85, short_hash(path[i]), "#fff");
  }
  box(4, 18, short_hash(merkle::leaf_hash(recorded.proof.leaf)), "#dbe8f6");
  for (std::size_t i = 0; i + 1 < path.size(); ++i)
    box(4 + step * static_cast<int>(i + 1), 18, "hash", "#f4f6f9");
  box(4 + step * static_cast<int>(path.size()), 18, path.empty() ? "= root" : "root", "#dbe8f6");
  return out + "</svg>";
}

struct Happening {
  std::string_view schema;
  std::string_view text;
};
constexpr std::array<Happening, 12> happenings = {{
    {"parley/node/1", "began its log"},
    {"parley/peer/1", "pinned the other node's keys"},
    {"parley/officer/1", "enrolled an officer's key"},
    {"parley/officer-revocation/1", "revoked an officer's key"},
    {"parley/agreement/1", "signed the agreement"},
    {"parley/match-approval/1", "recorded an officer's approval of the comparison"},
    {"parley/match/1", "recorded the comparison"},
    {"parley/decision/1", "decided on the release"},
    {"parley/approval/1", "recorded an officer's approval"},
    {"parley/delivery/1", "delivered the package"},
    {"parley/receipt/1", "signed the receipt"},
    {"parley/abort/1", "recorded that a session broke off"},
}};

std::string_view happening_of(std::string_view schema) {
  for (const Happening& happening : happenings)
    if (happening.schema == schema) return happening.text;
  return "stated something";
}

/// Who signed: an agreement's payload names its drafter, so the key id tells which party it was.
std::string signer_of(const Dossier& dossier, const record::Statement& statement) {
  for (const EvidenceParty& party : dossier.index.parties)
    if (record::key_id(party.role_key) == statement.key_id) return dossier.display(party.origin);
  return dossier.display(statement.node);
}

}  // namespace

std::string escape_html(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string page_begin(std::string_view title) {
  // The policy forbids scripts and loads to a browser even if a text should ever slip through unescaped.
  return fmt::format(
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
      "'unsafe-inline'\">"
      "<meta name=\"viewport\" content=\"width=device-width, "
      "initial-scale=1\"><title>{}</title><style>{}</style>"
      "</head><body><main>\n",
      escape_html(title), style);
}

std::string section(std::string_view title, std::string_view html) {
  return fmt::format("<section><h2>{}</h2>{}</section>\n", escape_html(title), html);
}
std::string table(std::string_view rows_html) {
  return fmt::format("<table>{}</table>", rows_html);
}
std::string row(std::string_view label_text, std::string_view html) {
  return fmt::format("<tr><td class=\"label\">{}</td><td>{}</td></tr>", escape_html(label_text), html);
}
std::string card(std::string_view title_text, std::string_view html) {
  return fmt::format("<div class=\"card\"><b>{}</b><div>{}</div></div>", escape_html(title_text), html);
}
std::string code(std::string_view text) {
  return fmt::format("<code>{}</code>", escape_html(text));
}

std::string marking(std::string_view tlp_text) {
  if (tlp_text.empty()) return "none";  // marking definitions carry none
  std::string_view colour = "clear";
  std::string lower(tlp_text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  for (const std::string_view known : {"red", "amber", "green"})
    if (lower.find(known) != std::string::npos) colour = known;
  return fmt::format("<span class=\"tlp {}\">{}</span>", colour, escape_html(tlp_text));
}

std::string when(Timestamp time) {
  constexpr std::array<std::string_view, 12> months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::string text = format_time(time);  // 2026-11-21T21:30:05Z
  const auto digit = [&](std::size_t at) { return static_cast<std::size_t>(text[at] - '0'); };
  const std::size_t month = digit(5) * 10 + digit(6);
  const std::string day = text[8] == '0' ? text.substr(9, 1) : text.substr(8, 2);
  return fmt::format("{} {} {}, {} UTC", day, months.at(month - 1), text.substr(0, 4), text.substr(11, 8));
}

std::string timeline(const Dossier& dossier) {
  std::vector<const Piece*> order;
  for (const Piece& piece : dossier.pieces) order.push_back(&piece);
  // The signatures of an agreement share one payload and so one time; the log tells them apart.
  std::sort(order.begin(), order.end(), [](const Piece* a, const Piece* b) {
    return std::pair(a->statement.created, a) <
           std::pair(b->statement.created, b);  // pieces lie in one vector
  });
  std::string rows;
  for (const Piece* piece : order)
    rows +=
        fmt::format("<tr><td>{}</td><td><b>{}</b> {}</td><td>{}</td></tr>", when(piece->statement.created),
                    escape_html(signer_of(dossier, piece->statement)), happening_of(piece->statement.schema),
                    piece->recorded ? fmt::format("log entry {}", piece->recorded->index.value())
                                    : std::string("in the other node's log"));
  return "<table class=\"list time\">" + rows + "</table><p>Times are the nodes' own.</p>";
}

std::string anchor(const Dossier& dossier) {
  const std::string head = dossier.checkpoint.substr(0, dossier.checkpoint.find("\n\n"));
  std::string out =
      "<p>Each statement is committed to by a leaf of an append-only log. The log's head, signed with a key "
      "of its "
      "own, pins every leaf below it: none can be changed, dropped or moved without another head.</p><pre>" +
      escape_html(head) + "</pre>";
  // The statement that the bundle turns on, else the last one that is recorded.
  const Piece* shown = nullptr;
  for (const Piece& piece : dossier.pieces)
    if (piece.recorded && (shown == nullptr || shown->statement.schema != record::DecisionStatement::schema))
      shown = &piece;
  if (shown != nullptr)
    out += fmt::format("<p>From the leaf of {} (entry {}) to the root:</p>{}", code(shown->file),
                       shown->recorded->index.value(), path_drawing(*shown->recorded));
  return out;
}

}  // namespace parley::ledger
