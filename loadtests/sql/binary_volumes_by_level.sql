SELECT person, left_volume, right_volume FROM binary_volumes_by_level('pv')
