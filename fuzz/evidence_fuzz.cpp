// Property: with the keys of two known nodes nothing is proven but the bundle that they made. An input that
// begins like an archive is checked as it is (and may differ from ours in its prose alone); any other
// replaces the content of one member (chosen by its first byte), and the exporter signs the result, so that
// the readers behind the manifest are reached. Without trust nothing is proven.
#include <algorithm>

#include "base/assert.hpp"
#include "encoding/zip.hpp"
#include "ledger/bundle_format.hpp"
#include "ledger/evidence_world.hpp"

namespace {

using namespace parley;
using namespace parley::ledger;
using encoding::ZipMember;

/// Members that the verifier takes as prose or as the exporter's own words.
bool is_account(std::string_view name) {
  return name == bundle_name::readme || name == bundle_name::report || name == bundle_name::script ||
         name == bundle_name::index;
}

/// Whether an archive says what our bundle says: the same members, but for prose and for the manifest over it
/// (a bundle of an earlier version carries earlier words).
bool says_the_same(BytesView archive, const std::vector<ZipMember>& ours) {
  const auto theirs = encoding::read_zip(archive);
  if (!theirs || theirs->size() != ours.size()) return false;
  for (std::size_t i = 0; i < ours.size(); ++i) {
    if ((*theirs)[i].name != ours[i].name) return false;
    const bool may_differ = is_account(ours[i].name) || i + 2 >= ours.size();
    if (!may_differ && (*theirs)[i].content != ours[i].content) return false;
  }
  return true;
}

Bytes signed_again(std::vector<ZipMember> members) {
  const std::string manifest = manifest_text(members);
  members[members.size() - 2].content = to_bytes(manifest);
  auto payload = record::peek_statement(as_text(members.back().content))->members;
  payload.set("manifest_hash", to_hex(crypto::sha256(as_bytes(manifest))));
  members.back().content = to_bytes(*record::sign_statement(payload, world::key(1)));
  return *encoding::write_zip(members);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Bytes bundle = *world::bundle(world::release());
  static const std::vector<ZipMember> members = *encoding::read_zip(bundle);
  static const Trust trust = world::trust();
  const BytesView input(data, size);
  const auto proven = [](const Result<Report>& report) {
    return report && report->verdict == Verdict::proven;
  };
  if (input.empty()) return 0;
  if (input[0] == 'P') {
    PARLEY_ASSERT(!proven(verify_bundle(input, Trust{})));
    const bool same = std::equal(input.begin(), input.end(), bundle.begin(), bundle.end());
    const bool is_proven = proven(verify_bundle(input, trust));
    PARLEY_ASSERT(is_proven || !same);
    PARLEY_ASSERT(!is_proven || same || says_the_same(input, members));
    return 0;
  }
  std::vector<ZipMember> changed = members;
  ZipMember& member = changed[input[0] % (members.size() - 2)];
  const BytesView content = input.subspan(1);
  const bool same = std::equal(content.begin(), content.end(), member.content.begin(), member.content.end());
  member.content = to_bytes(content);
  const auto report = verify_bundle(signed_again(changed), trust);
  PARLEY_ASSERT(report);
  PARLEY_ASSERT(!proven(report) || same || is_account(member.name));
  PARLEY_ASSERT(encoding::parse_json(encoding::write_json(report_json(*report))));
  return 0;
}
