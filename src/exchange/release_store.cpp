#include "exchange/release_store.hpp"

#include <algorithm>

#include "exchange/agreement_book.hpp"
#include "exchange/clock_guard.hpp"
#include "exchange/json_documents.hpp"
#include "exchange/officer.hpp"
#include "exchange/recording.hpp"
#include "exchange/release_json.hpp"
#include "record/release_statement.hpp"
#include "state/store.hpp"

namespace parley::exchange {

namespace {

using encoding::Json;

constexpr std::string_view collection = "releases";
constexpr std::string_view packages = "release_packages";

Result<Release> complete(Node& node, const Json& body) {
  PARLEY_TRY(Release release, release_from_json(body));
  PARLEY_TRY(const auto reader, node.store().snapshot());
  PARLEY_TRY(const auto package, reader->get_document({packages, release.id}));
  if (package) release.package = std::string(as_text(package->body));
  return release;
}

bool is_open(ReleaseState state) {
  return state == ReleaseState::proposed || state == ReleaseState::approved;
}

// What an approval counts for depends on who is enrolled now.
Result<bool> drop_revoked(Node& node, Release& release) {
  PARLEY_TRY(const std::vector<Officer> officers, list_officers(node));
  const std::size_t before = release.approvals.size();
  std::erase_if(release.approvals, [&](const ReleaseApproval& given) {
    return std::none_of(officers.begin(), officers.end(), [&](const Officer& officer) {
      return officer.id == given.officer && !officer.revoked;
    });
  });
  if (release.approvals.size() == before) return false;
  if (release.approvals.size() < release.needs.count) release.state = ReleaseState::proposed;
  return true;
}

// True when something changed.
Result<bool> bring_up_to_date(Node& node, Release& release) {
  if (!is_open(release.state)) return false;
  PARLEY_TRY(const std::optional<policy::Fired> reason, void_reason(node, release));
  if (!reason) return drop_revoked(node, release);
  release.state = reason->rule == "release-expired" ? ReleaseState::expired : ReleaseState::voided;
  release.why_rule = reason->rule;
  release.why = reason->why;
  return true;
}

Result<std::optional<StoredRelease>> load_exact(Node& node, std::string_view id) {
  PARLEY_TRY(const std::optional<JsonDocument> document, load_json(node, {collection, id}));
  if (!document) return std::optional<StoredRelease>();
  StoredRelease stored;
  PARLEY_TRY(stored.release, complete(node, document->body));
  stored.version = document->version;
  PARLEY_TRY(const bool changed, bring_up_to_date(node, stored.release));
  if (changed) PARLEY_CHECK(save_release(node, stored));
  return std::optional<StoredRelease>(std::move(stored));
}

record::DeliveryStatement make_delivery(Node& node, const Release& release) {
  const Timestamp now = node.clock().now();
  record::DeliveryStatement out;
  out.head = {make_uuid7(now.microseconds(), node.entropy()), node.identity().origin, now};
  out.release = release.id;
  out.recipient = release.peer_origin;
  out.agreement = release.terms.agreement;
  out.purpose = release.terms.purpose;
  out.package_hash = release.terms.package_hash;
  out.package_size = release.package.size();
  out.decision_hash = release.terms.hash();
  return out;
}

}  // namespace

Result<StoredRelease> load_release(Node& node, std::string_view id) {
  PARLEY_TRY(std::optional<StoredRelease> exact, load_exact(node, id));
  if (exact) return std::move(*exact);
  std::string found;
  if (id.size() >= 8) {
    PARLEY_TRY(const std::vector<JsonDocument> all, list_json(node, collection));
    for (const JsonDocument& document : all) {
      PARLEY_TRY(const std::string full, document.body.string_member("id"));
      if (!full.starts_with(id)) continue;
      if (!found.empty())
        return fail(ErrorKind::usage, "more than one release begins so; give more characters of its id");
      found = full;
    }
  }
  if (found.empty())
    return fail(ErrorKind::not_found,
                "no release \"" + std::string(id) + "\"; `parley release list` shows them");
  PARLEY_TRY(std::optional<StoredRelease> stored, load_exact(node, found));
  return std::move(*stored);
}

Result<void> save_release(Node& node, StoredRelease& stored) {
  const std::string body = encoding::write_json(release_to_json(stored.release));
  return state::write(node.store(), state::Durability::synced, [&](state::Transaction& t) -> Result<void> {
    // The package never changes: it is written once, with the release.
    if (stored.version == state::DocumentVersion(0))
      PARLEY_CHECK(t.put_document({packages, stored.release.id}, as_bytes(stored.release.package),
                                  state::DocumentVersion(0)));
    PARLEY_TRY(stored.version,
               t.put_document({collection, stored.release.id}, as_bytes(body), stored.version));
    return {};
  });
}

Result<void> announce_delivery(Node& node, StoredRelease& stored) {
  Release& release = stored.release;
  if (release.delivery_jws.empty()) {
    PARLEY_TRY(const Recorded delivery, record(node, make_delivery(node, release).to_json()));
    release.delivery_jws = delivery.jws;
  }
  release.state = ReleaseState::attempted;
  return save_release(node, stored);
}

Result<std::optional<policy::Fired>> void_reason(Node& node, const Release& release) {
  using Reason = std::optional<policy::Fired>;
  if (!is_open(release.state) && release.state != ReleaseState::attempted) return Reason();
  // A clock that stands before what was seen does not bring back what is over.
  PARLEY_TRY(const Timestamp seen, note_time(node));
  const Timestamp now = std::max(node.clock().now(), seen);
  if (now >= release.terms.expiry) return Reason({"release-expired", "the decision's time is over"});
  if (node.policy().version() != release.terms.policy_version)
    return Reason({"policy-changed", "the rules changed after the decision; propose it again"});
  PARLEY_TRY(const AgreementEntry agreement, find_agreement(node, release.terms.agreement));
  if (const auto status = agreement.state.status(now); status != policy::AgreementStatus::in_force)
    return Reason({"agreement-not-in-force", "the agreement is " + std::string(policy::status_name(status))});
  return Reason();
}

Result<Release> find_release(Node& node, std::string_view id) {
  PARLEY_TRY(StoredRelease stored, load_release(node, id));
  return std::move(stored.release);
}

Result<std::vector<Release>> list_releases(Node& node) {
  PARLEY_TRY(const std::vector<JsonDocument> documents, list_json(node, collection));
  std::vector<Release> out;
  for (auto at = documents.rbegin(); at != documents.rend(); ++at) {  // ids are by time
    PARLEY_TRY(const std::string id, at->body.string_member("id"));
    PARLEY_TRY(Release release, find_release(node, id));
    std::string().swap(release.package);  // megabytes each; `find_release` gives the one that is wanted
    out.push_back(std::move(release));
  }
  return out;
}

}  // namespace parley::exchange
