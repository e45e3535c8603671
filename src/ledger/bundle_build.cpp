#include <fmt/format.h>

#include <algorithm>

#include "crypto/hash.hpp"
#include "encoding/canonical.hpp"
#include "ledger/bundle_text.hpp"
#include "ledger/dossier.hpp"

namespace parley::ledger {
namespace {

using encoding::Json;
using encoding::ZipMember;

/// The content of every member but the manifest's own two, by name.
Result<Bytes> member_content(const Dossier& dossier, const std::string& name) {
  const BundleIndex& index = dossier.index;
  if (name == bundle_name::readme) return to_bytes(readme_text(dossier));
  if (name == bundle_name::report) {
    PARLEY_TRY(const std::string html, report_html(dossier));
    return to_bytes(html);
  }
  if (name == bundle_name::script) return to_bytes(verify_script());
  if (name == bundle_name::index) {
    PARLEY_TRY(const std::string json, encoding::canonical_json(index.to_json()));
    return to_bytes(json);
  }
  if (name == bundle_name::proof_list) return to_bytes(proof_list_text(index));
  if (name == bundle_name::checkpoint) return to_bytes(dossier.checkpoint);
  if (name == bundle_name::package) return *dossier.package;
  for (std::size_t i = 0; i < index.parties.size(); ++i) {
    const EvidenceParty& party = index.parties[i];
    const auto vkey = [&](const crypto::PublicKey& key) {
      return to_bytes(merkle::VerifierKey{party.origin, merkle::KeyType::ed25519, key}.text() + '\n');
    };
    if (name == key_file("role", i)) return vkey(party.role_key);
    if (party.log_key && name == key_file("log", i)) return vkey(*party.log_key);
  }
  for (std::size_t i = 0; i < dossier.pieces.size(); ++i) {
    const Piece& piece = dossier.pieces[i];
    if (name == piece.file) return to_bytes(piece.statement.jws);
    for (std::size_t n = 0; n < piece.disclosures.size(); ++n)
      if (name == disclosure_file(i, n)) return to_bytes(piece.disclosures[n].encoded);
    if (!piece.recorded) continue;
    const std::uint64_t at = piece.recorded->index.value();
    if (name == proof_file(at, "leaf")) return to_bytes(piece.recorded->proof.leaf);
    if (name == proof_file(at, "opening")) return to_bytes(to_hex(piece.recorded->opening) + '\n');
    if (name == proof_file(at, "tlog-proof")) return to_bytes(format_tlog_proof(piece.recorded->proof.proof));
  }
  return fail(ErrorKind::internal, "a bundle has no member of this name", name);
}

Json manifest_payload(const EvidenceInput& input, std::string_view manifest) {
  return Json::object({{"schema", manifest_schema},
                       {"id", input.id},
                       {"node", input.exporter},
                       {"created", format_time(input.created)},
                       {"kind", kind_name(input.kind)},
                       {"subject", input.subject},
                       {"manifest_hash", to_hex(crypto::sha256(as_bytes(manifest)))}});
}

}  // namespace

Result<Bytes> build_bundle(const EvidenceInput& input, const crypto::SigningKey& role_key) {
  PARLEY_TRY(const Dossier dossier, make_dossier(input));
  std::vector<ZipMember> members;
  for (const std::string& name : member_names(dossier.index)) {
    if (name == bundle_name::manifest || name == bundle_name::manifest_jws) continue;
    PARLEY_TRY(Bytes content, member_content(dossier, name));
    members.push_back({name, std::move(content)});
  }
  const std::string manifest = manifest_text(members);
  PARLEY_TRY(const std::string jws, record::sign_statement(manifest_payload(input, manifest), role_key));
  members.push_back({std::string(bundle_name::manifest), to_bytes(manifest)});
  members.push_back({std::string(bundle_name::manifest_jws), to_bytes(jws)});
  return encoding::write_zip(members, {.max_bytes = BundleLimits{}.max_bytes});
}

}  // namespace parley::ledger
