#include "ledger/dossier.hpp"

#include <algorithm>
#include <map>

namespace parley::ledger {
namespace {

std::unexpected<Error> malformed(std::string what, std::string where) {
  return fail(ErrorKind::bad_input, std::move(what), std::move(where));
}

using Members = std::map<std::string, std::string_view, std::less<>>;

Result<EvidenceStatement::Recorded> read_recorded(const Members& members, std::uint64_t leaf_index) {
  EvidenceStatement::Recorded out;
  out.index = LeafIndex(leaf_index);
  const std::string leaf_name = proof_file(leaf_index, "leaf");
  auto leaf = to_array<record::leaf_size>(as_bytes(members.find(leaf_name)->second));
  if (!leaf) return malformed(leaf.error().message, leaf_name);
  out.proof.leaf = *leaf;

  const std::string opening_name = proof_file(leaf_index, "opening");
  const std::string_view opening = members.find(opening_name)->second;
  const auto bytes = from_hex(opening.substr(0, opening.size() - (opening.ends_with('\n') ? 1 : 0)));
  if (!bytes || bytes->size() != 32 || to_hex(*bytes) + '\n' != opening)
    return malformed("an opening is 64 lower-case hexadecimal digits and a line break", opening_name);
  out.opening = *to_array<32>(*bytes);

  const std::string proof_name = proof_file(leaf_index, "tlog-proof");
  auto proof = merkle::parse_tlog_proof(members.find(proof_name)->second);
  if (!proof) return malformed(proof.error().message, proof_name);
  if (proof->index != out.index) return malformed("the proof is for another entry", proof_name);
  out.proof.proof = std::move(*proof);
  return out;
}

Result<Piece> read_piece(const Members& members, const BundleIndex& index, std::size_t position) {
  const BundleIndex::Entry& entry = index.statements[position];
  Piece out;
  out.file = entry.file;
  auto statement = record::peek_statement(members.find(entry.file)->second);
  if (!statement) return malformed(statement.error().text(), entry.file);
  out.statement = std::move(*statement);
  if (entry.file != statement_file(position, out.statement.schema))
    return malformed("the file's name does not say what it is: " + out.statement.schema, entry.file);
  for (std::size_t n = 0; n < entry.disclosures; ++n) {
    const std::string name = disclosure_file(position, n);
    auto disclosure = record::parse_disclosure(members.find(name)->second);
    if (!disclosure) return malformed(disclosure.error().message, name);
    if (!record::discloses(out.statement.members, *disclosure))
      return malformed("the statement has no digest of this disclosure", name);
    out.disclosures.push_back(std::move(*disclosure));
  }
  if (entry.leaf_index) {
    PARLEY_TRY(out.recorded, read_recorded(members, *entry.leaf_index));
  }
  return out;
}

Result<BundleIndex> read_index(const Members& members) {
  const auto found = members.find(bundle_name::index);
  if (found == members.end()) return malformed("the bundle has no index", std::string(bundle_name::index));
  auto json =
      encoding::parse_json(found->second, {.max_bytes = 4 << 20, .max_depth = 8, .max_values = 100'000});
  if (!json) return malformed(json.error().text(), std::string(bundle_name::index));
  auto index = BundleIndex::from_json(*json);
  if (!index) return malformed(index.error().text(), std::string(bundle_name::index));
  return *std::move(index);
}

/// The hints must be those that the index names, so that a reader of the files sees the keys that were
/// checked.
Result<void> check_keys(const Members& members, const BundleIndex& index) {
  for (std::size_t i = 0; i < index.parties.size(); ++i) {
    const EvidenceParty& party = index.parties[i];
    const auto same = [&](std::string_view use, const crypto::PublicKey& key) {
      const merkle::VerifierKey vkey{party.origin, merkle::KeyType::ed25519, key};
      return members.find(key_file(use, i))->second == vkey.text() + '\n';
    };
    if (!same("role", party.role_key) || (party.log_key && !same("log", *party.log_key)))
      return malformed("the key is not the one that the index names", key_file("…", i));
  }
  return {};
}

}  // namespace

const EvidenceParty* Dossier::party(std::string_view origin) const {
  for (const EvidenceParty& party : index.parties)
    if (party.origin == origin) return &party;
  return nullptr;
}

std::string Dossier::display(std::string_view origin) const {
  const EvidenceParty* found = party(origin);
  if (found == nullptr) return std::string(origin);
  return found->name + " (" + found->jurisdiction + ")";
}

Result<Dossier> make_dossier(const EvidenceInput& input) {
  Dossier out;
  out.index.kind = input.kind;
  out.index.id = input.id;
  out.index.subject = input.subject;
  out.index.exporter = input.exporter;
  out.index.created = input.created;
  out.index.parties = input.parties;
  // The exporter stands first: verify.sh takes its keys from there.
  const auto exporter =
      std::find_if(out.index.parties.begin(), out.index.parties.end(),
                   [&](const EvidenceParty& party) { return party.origin == input.exporter; });
  if (exporter != out.index.parties.end()) std::rotate(out.index.parties.begin(), exporter, exporter + 1);
  out.index.has_package = input.package.has_value();
  for (std::size_t i = 0; i < input.statements.size(); ++i) {
    const EvidenceStatement& statement = input.statements[i];
    Piece piece;
    PARLEY_TRY(piece.statement, record::peek_statement(statement.jws));
    piece.file = statement_file(i, piece.statement.schema);
    for (const std::string& encoded : statement.disclosures) {
      PARLEY_TRY(record::Disclosure disclosure, record::parse_disclosure(encoded));
      if (!record::discloses(piece.statement.members, disclosure))
        return malformed("the statement has no digest of the disclosure " + disclosure.name, piece.file);
      piece.disclosures.push_back(std::move(disclosure));
    }
    piece.recorded = statement.recorded;
    out.index.statements.push_back(
        {piece.file, piece.disclosures.size(),
         piece.recorded ? std::optional(piece.recorded->index.value()) : std::nullopt});
    out.pieces.push_back(std::move(piece));
  }
  if (out.index.parties.empty() || out.index.parties[0].origin != input.exporter ||
      !out.index.parties[0].log_key)
    return fail(ErrorKind::internal, "the exporter and its log key must be among the parties of the bundle");
  out.checkpoint = input.checkpoint;
  out.package = input.package;
  // What the reader would refuse must not be written.
  PARLEY_CHECK(BundleIndex::from_json(out.index.to_json()));
  return out;
}

Result<Dossier> read_dossier(const std::vector<encoding::ZipMember>& members) {
  Members by_name;
  for (const encoding::ZipMember& member : members) by_name.emplace(member.name, as_text(member.content));
  Dossier out;
  PARLEY_TRY(out.index, read_index(by_name));
  if (out.index.parties.empty() || out.index.parties[0].origin != out.index.exporter ||
      !out.index.parties[0].log_key)
    return malformed("the first party is the exporter, with its log key", std::string(bundle_name::index));
  const std::vector<std::string> expected = member_names(out.index);
  if (!std::equal(
          members.begin(), members.end(), expected.begin(), expected.end(),
          [](const encoding::ZipMember& member, const std::string& name) { return member.name == name; }))
    return malformed("the members of the archive are not those that the index calls for",
                     std::string(bundle_name::index));
  if (by_name.find(bundle_name::proof_list)->second != proof_list_text(out.index))
    return malformed("not the list that the index gives", std::string(bundle_name::proof_list));
  PARLEY_CHECK(check_keys(by_name, out.index));
  for (std::size_t i = 0; i < out.index.statements.size(); ++i) {
    PARLEY_TRY(Piece piece, read_piece(by_name, out.index, i));
    out.pieces.push_back(std::move(piece));
  }
  out.checkpoint = by_name.find(bundle_name::checkpoint)->second;
  if (out.index.has_package) out.package = to_bytes(by_name.find(bundle_name::package)->second);
  return out;
}

std::vector<std::string> limits_of(EvidenceKind kind) {
  std::vector<std::string> out = {
      "Times are those of the nodes' own clocks. No clock outside them bounds when something happened.",
      "What was said or sent outside the two nodes cannot be seen here.",
      "Keys are proven, not persons: who held a key is known to its node. Officers' names are sealed and can "
      "be "
      "opened to a court.",
      "That nothing else was disclosed is not shown: this bundle is about one act.",
  };
  if (kind == EvidenceKind::release)
    out.insert(out.begin(),
               "The receipt shows that exactly these bytes arrived, not that anybody read or used them.");
  else
    out.insert(
        out.begin(),
        "The protocol protects against a side that follows it and looks on. That a side used the set it "
        "committed to is shown only by an audit of that side, while it keeps the session's seed.");
  return out;
}

}  // namespace parley::ledger
