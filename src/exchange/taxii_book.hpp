#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "exchange/node.hpp"
#include "exchange/taxii_rules.hpp"
#include "intel/marking.hpp"
#include "state/store.hpp"

namespace parley::exchange {

/// The API root that collections belong to when none is named.
inline constexpr std::string_view default_api_root = "intel";
/// Most API roots, collections and callers of a node.
inline constexpr std::size_t max_taxii_collections = 1'000;
inline constexpr std::size_t max_taxii_callers = 1'000;

/// A collection as the operator defined it. Its members are in `state` under its id.
struct TaxiiCollection {
  std::string id;    ///< UUIDv4
  std::string root;  ///< name of its API root
  std::string title;
  std::string description;
  std::string alias;  ///< unique in the root; may be empty
  bool writable = false;
  /// Marking of what callers post without one; without it such objects never leave.
  std::optional<intel::TlpLevel> tlp;
  std::vector<CollectionRule> rules;  ///< what joins by itself

  encoding::Json to_json() const;
  static Result<TaxiiCollection> from_json(const encoding::Json& json);
};

/// What stands for MISP among the rights of a caller, in the place of a collection's id.
inline constexpr std::string_view misp_right = "misp";

struct TaxiiRight {
  bool read = true;
  bool write = false;
  bool operator==(const TaxiiRight&) const = default;
};

/// Somebody who may use TAXII here. Secrets are kept as hashes.
struct TaxiiCaller {
  std::string name;
  std::string password;     ///< Argon2id, PHC string; may be empty
  std::string token;        ///< SHA-256 of the bearer token, hexadecimal; may be empty
  std::string certificate;  ///< SHA-256 of the client certificate's DER, hexadecimal; may be empty
  std::map<std::string, TaxiiRight, std::less<>> rights;  ///< by collection id, and `misp_right`
  std::string organisation;  ///< its UUID in MISP, lower case: which sharing groups it is in; may be empty
  Timestamp created;
  bool revoked = false;

  encoding::Json to_json() const;
  static Result<TaxiiCaller> from_json(const encoding::Json& json);
};

/// By root and id. Linear in the collections.
Result<std::vector<TaxiiCollection>> list_collections(const state::Reader& reader);
Result<std::vector<TaxiiCaller>> list_callers(const state::Reader& reader);

/// Defines a collection; gives it its id. `usage` for a bad name, `conflict` for an alias that is taken.
Result<TaxiiCollection> add_collection(Node& node, TaxiiCollection collection);
/// By id, alias or title; `not_found`, or `usage` when several have that title.
Result<TaxiiCollection> find_collection(const state::Reader& reader, std::string_view name);

/// What is told once, when a caller is added: the only time that the secrets are seen.
struct NewSecrets {
  std::string password;
  std::string token;
};
struct CallerRequest {
  std::string name;
  bool with_password = false;  ///< makes one, unless `password` is given
  std::string password;
  bool with_token = false;
  std::string certificate;               ///< SHA-256 of its DER, hexadecimal
  std::vector<std::string> collections;  ///< NAME, NAME:r, NAME:w or NAME:rw
  std::string misp;                      ///< "r", "w" or "rw": also MISP's feed and its peers' endpoints
  std::string organisation;              ///< UUID; empty: as it was
};
/// Adds a caller, or gives one that is there more rights and new secrets. `usage` for a bad name or right.
Result<std::pair<TaxiiCaller, NewSecrets>> add_caller(Node& node, const CallerRequest& request);
/// From now on nothing that it shows is taken.
Result<TaxiiCaller> revoke_caller(Node& node, std::string_view name);

struct FillReport {
  std::uint64_t looked_at = 0;
  std::uint64_t added = 0;
  std::uint64_t unchanged = 0;
  bool rule_is_new = false;
};
/// Puts matching stored objects (all versions) into a collection, in steps, and keeps the rule for what comes
/// later. Idempotent.
class CollectionFill {
 public:
  static Result<CollectionFill> begin(Node& node, std::string_view name, CollectionRule rule);
  /// Nobody else waits for the store: from now on a commit holds up to so many members, because each writes
  /// the pages of the index of ids that it has touched, and ids are random.
  void take_store_alone(std::size_t members = 100'000) { commit_members_ = members; }
  /// The report once all is durable; nothing while there is more to do.
  Result<std::optional<FillReport>> step();
  const TaxiiCollection& collection() const { return collection_; }

 private:
  CollectionFill(Node& node, TaxiiCollection collection, CollectionRule rule)
      : node_(&node), collection_(std::move(collection)), rule_(std::move(rule)) {}
  Node* node_;
  TaxiiCollection collection_;
  CollectionRule rule_;
  FillReport report_;
  state::ContentKey after_;
  std::map<std::int64_t, std::string> sources_;
  std::size_t commit_members_ = 0;  ///< 0: every step
  std::vector<state::NewMember> waiting_;
};

/// The name of what comes from a caller: source, audience and origin alike.
std::string caller_origin(std::string_view caller);

}  // namespace parley::exchange
