select standardized.*
from {{ ref('standardized_lead') }} as standardized
anti join {{ source('gates', 'quarantine') }} as quarantine using (record_id)
