#include <fmt/format.h>

#include <algorithm>

#include "crypto/hash.hpp"
#include "ledger/bundle_text.hpp"
#include "ledger/findings.hpp"

namespace parley::ledger {
namespace {

using encoding::ZipMember;

constexpr std::string_view intact_claim = "The bundle is whole and unchanged since it was exported";

const ZipMember* member(const std::vector<ZipMember>& members, std::string_view name) {
  const auto found =
      std::find_if(members.begin(), members.end(), [&](const ZipMember& m) { return m.name == name; });
  return found == members.end() ? nullptr : &*found;
}

/// That the manifest lists exactly what is there. Needs no key, and comes before anything else is read.
Result<void> check_manifest(const std::vector<ZipMember>& members) {
  const ZipMember* manifest = member(members, bundle_name::manifest);
  if (manifest == nullptr || member(members, bundle_name::manifest_jws) == nullptr)
    return fail(ErrorKind::not_proven, "the bundle has no signed manifest");
  const std::string expected = manifest_text(members);
  if (expected == as_text(manifest->content)) return {};
  for (const ZipMember& m : members)
    if (m.name != bundle_name::manifest && m.name != bundle_name::manifest_jws &&
        as_text(manifest->content).find(to_hex(crypto::sha256(m.content)) + "  " + m.name + "\n") ==
            std::string_view::npos)
      return fail(ErrorKind::not_proven, m.name + " is not the file that the manifest lists");
  return fail(ErrorKind::not_proven, "the manifest lists something else than the bundle holds");
}

Finding check_manifest_signature(const Case& c, const std::vector<ZipMember>& members) {
  const BundleIndex& index = c.dossier.index;
  const std::string_view jws = as_text(member(members, bundle_name::manifest_jws)->content);
  Finding out = c.signed_by(jws, index.exporter);
  const auto statement = record::peek_statement(jws);
  if (!statement) {
    out.refute("the manifest's signature: " + statement.error().message);
    return out;
  }
  const auto says = [&](std::string_view key, std::string_view value) {
    const auto found = statement->members.string_member(key);
    return found && *found == value;
  };
  if (!says("schema", manifest_schema) || !says("node", index.exporter) || !says("id", index.id) ||
      !says("created", format_time(index.created)) || !says("kind", kind_name(index.kind)) ||
      !says("subject", index.subject) ||
      !says("manifest_hash", to_hex(crypto::sha256(member(members, bundle_name::manifest)->content))))
    out.refute("the signature is over another manifest");
  return out;
}

Report refuted(std::string why) {
  Report report;
  report.verdict = Verdict::refuted;
  report.claims.push_back({std::string(intact_claim), Verdict::refuted, std::move(why), "SHA-256", true});
  return report;
}

}  // namespace

Result<Report> verify_bundle(BytesView bundle, const Trust& trust) {
  constexpr BundleLimits limits;
  if (bundle.size() < 4 || as_text(bundle.first(2)) != "PK")
    return fail(ErrorKind::bad_input, "this is not an evidence bundle (a ZIP archive)");
  const auto members = encoding::read_zip(bundle, {.max_bytes = limits.max_bytes});
  if (!members) return refuted(members.error().text());
  if (const auto manifest = check_manifest(*members); !manifest) return refuted(manifest.error().message);
  const auto dossier = read_dossier(*members);
  if (!dossier) return refuted(dossier.error().text());

  const Case c{*dossier, trust};
  Report report;
  report.kind = kind_name(dossier->index.kind);
  report.subject = dossier->index.subject;
  report.claims.push_back(check_manifest_signature(c, *members)
                              .claim(std::string(intact_claim),
                                     fmt::format("{} files, listed and signed by {}", members->size(),
                                                 dossier->display(dossier->index.exporter)),
                                     "SHA-256 and the exporter's role key in the trust file"));
  report.claims.push_back(check_checkpoint(c));
  report.claims.push_back(check_recorded(c));
  for (Claim& claim : dossier->index.kind == EvidenceKind::release ? check_release(c) : check_match(c))
    report.claims.push_back(std::move(claim));
  report.claims.push_back(check_witnesses(c));

  report.verdict = Verdict::proven;
  for (const Claim& claim : report.claims)
    if (claim.core || claim.verdict == Verdict::refuted)
      report.verdict = worse(report.verdict, claim.verdict);
  report.limits = limits_of(dossier->index.kind);
  return report;
}

}  // namespace parley::ledger
