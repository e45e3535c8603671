#include <fmt/format.h>

#include "ledger/evidence.hpp"

namespace parley::ledger {
namespace {

struct Look {
  std::string_view mark;
  std::string_view colour;
  std::string_view word;
};

Look look_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::proven:
      return {"✓", "\x1b[32m", "PROVEN"};
    case Verdict::refuted:
      return {"✗", "\x1b[31m", "REFUTED"};
    case Verdict::not_shown:
      break;
  }
  return {"?", "\x1b[33m", "NOT SHOWN"};
}

/// What came from the bundle may hold terminal controls; a report must not repaint the screen.
std::string printable(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    out += byte < 0x20 || byte == 0x7f ? '?' : c;
  }
  return out;
}

}  // namespace

encoding::Json report_json(const Report& report) {
  using encoding::Json;
  Json::Array claims;
  for (const Claim& claim : report.claims)
    claims.push_back(Json::object({{"claim", claim.claim},
                                   {"verdict", verdict_name(claim.verdict)},
                                   {"why", claim.why},
                                   {"rests_on", claim.rests_on},
                                   {"core", claim.core}}));
  Json::Array limits;
  for (const std::string& limit : report.limits) limits.emplace_back(limit);
  return Json::object({{"verdict", verdict_name(report.verdict)},
                       {"kind", report.kind},
                       {"subject", report.subject},
                       {"claims", Json(std::move(claims))},
                       {"limits", Json(std::move(limits))}});
}

std::string report_text(const Report& report, bool colour) {
  const std::string_view off = colour ? "\x1b[0m" : "";
  const std::string_view dim = colour ? "\x1b[2m" : "";
  const std::string_view bold = colour ? "\x1b[1m" : "";
  const auto paint = [&](Verdict verdict) { return colour ? look_of(verdict).colour : std::string_view{}; };
  std::string out =
      fmt::format("\n  {}{}{}{}", bold, paint(report.verdict), look_of(report.verdict).word, off);
  if (!report.kind.empty()) out += fmt::format("   {} {}", report.kind, printable(report.subject));
  out += "\n\n";
  for (const Claim& claim : report.claims) {
    out += fmt::format("  {}{}{} {}{}\n", paint(claim.verdict), look_of(claim.verdict).mark, off,
                       printable(claim.claim), claim.core ? "" : "  (not needed for the verdict)");
    if (!claim.why.empty()) out += fmt::format("      {}{}{}\n", dim, printable(claim.why), off);
  }
  if (!report.limits.empty()) {
    out += fmt::format("\n  {}What no bundle of this kind shows{}\n", bold, off);
    for (const std::string& limit : report.limits) out += fmt::format("  - {}\n", limit);
  }
  return out + '\n';
}

}  // namespace parley::ledger
